package main

import (
	"strings"
	"testing"
)

// Who writes a key into operator.json that is none is told so where grants are looked at:
// a grant that does not count looks like one otherwise.
func TestUnknownKeysOfTheOperatorAreTold(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	r.write(".carya", "operator.json", `{
  domains: {
    demo: { host: ["demo.example"], shares: { slot: 4, body: "1M" } },
  },
  quota: 3,
}`)
	for _, words := range [][]string{{"check", "demo"}, {"check"}, {"grant", "list"}, {"grant", "list", "demo"}, {"grant", "demo", "host", "x.example"}} {
		_, errs, code := r.run("", append([]string{"--lang", "en"}, words...)...)
		name := strings.Join(words, " ")
		for _, want := range []string{
			`.carya/operator.json:3:19: warning: unknown key "host"; did you mean hosts?`,
			`.carya/operator.json:3:53: warning: unknown key "slot"; did you mean slots?`,
			`.carya/operator.json:5:10: warning: unknown key "quota"`,
		} {
			if code != 0 || !strings.Contains(errs, want) {
				t.Errorf("%s: %d, not told: %s\n%s", name, code, want, errs)
			}
		}
	}
	// The last one has written the file anew.
	if _, errs, _ := r.run("", "check"); strings.Contains(errs, "unknown key") {
		t.Errorf("told although there is none: %s", errs)
	}
}
