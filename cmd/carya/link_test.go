package main

import (
	"strings"
	"testing"
)

// What links had still to do when the server died is done by the next one as soon as
// the domain is used, whatever it is used for.
func TestLinksThatWereLeftAreFollowedByTheNextServer(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	r.write("demo", "people/thing.json", `{linkKeys:[{set:"~/orders",by:{uid:"id"},copy:{buyer:"nm"}}]}`)
	r.write("demo", "orders/thing.json", `{}`)
	r.write("demo", "other/thing.json", `{}`)
	r.must("thing", "~/people", "create", "-fields", `{id:"p",nm:"eve"}`)
	r.must("thing", "~/orders", "create", "-fields", `{id:"o",uid:"p",buyer:"ann"}`)
	r.write("demo", ".domain/links/left", `{"id":"left","set":"~/people","thing":"p","fields":["nm"]}`)
	s := r.serve()
	if out := strings.TrimSpace(r.must("thing", "~/other", "query", "-c")); out != "[]" {
		t.Errorf("the other set has %s", out)
	}
	if out := r.must("thing", "~/orders", "watch", `{buyer:"eve"}`, "-after", "0", "-n", "1"); !strings.Contains(out, `"buyer":"eve"`) {
		t.Errorf("the order is %s", out)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit %d\n%s", code, s.errs)
	}
	if out := r.must("doctor", "demo"); !strings.Contains(out, "ok") && !strings.Contains(out, "正常") {
		t.Errorf("the doctor says %s", out)
	}
}
