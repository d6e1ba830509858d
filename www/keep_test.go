package www

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// records counts what is kept in the sets below ~/.domain, by the first part of
// a set's path, as `captcha`; and `outbox`, its files.
func (w *world) records() map[string]int {
	w.t.Helper()
	out := map[string]int{"outbox": len(w.outbox())}
	sets := map[string]bool{}
	for c, err := range w.store.Changes(w.t.Context(), "demo", 0) {
		if err != nil {
			w.t.Fatal(err)
		}
		sets[c.Set] = true
	}
	for set := range sets {
		name, below := strings.CutPrefix(set, ".domain/")
		if !below {
			continue
		}
		n, err := w.store.Count(w.t.Context(), "demo", set)
		if err != nil {
			w.t.Fatal(err)
		}
		kind, _, _ := strings.Cut(name, "/")
		out[kind] += n
	}
	return out
}

func TestNothingThatStrangersCauseStaysForGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const from = "192.0.2.7"
	for _, as := range [][2]string{{"sms", "13911112222"}, {"email", "new@example.com"}} {
		if _, err := w.ask(from, "auth", as[1], as[0]); err != nil {
			t.Fatal(err)
		}
		w.api(from).must(`www auth ~/www ` + as[1] + ` -v ` + w.sent() + ` -create`)
	}
	for _, scene := range []string{"robot", "auth", "resetpasswd", "of-a-stranger"} {
		w.api(from).must(`www captcha ~/www ` + scene + ` stranger -as png`)
	}
	if _, err := w.ask(from, "resetpasswd", "13900000001", "sms"); err != nil { // never used
		t.Fatal(err)
	}
	for range 3 {
		w.api(from).run(`www auth ~/www nobody -p 'wrong password'`)
		w.api(from).run(`www auth ~/www 13933334444 -v 000000`)
	}
	ticket := w.signIn("xiaobai")
	w.request(from, ticket).must(`www auth ~/www xiaobai -ticket ` + ticket) // a child

	kinds := []string{"captcha", "guess", "receiver", "session", "spent", "delivery", "outbox"}
	is := w.records()
	for _, kind := range kinds {
		if is[kind] == 0 {
			t.Errorf("the test makes no %s", kind)
		}
	}
	for _, step := range []struct {
		after time.Duration
		stay  string // of whatever kind: a set that a later change adds must be named here, or expire within an hour
	}{
		{time.Hour + time.Second, "receiver session spent delivery outbox"},
		{24 * time.Hour, "spent delivery outbox"},
		{28 * 24 * time.Hour, "spent delivery outbox"},
		{2 * 24 * time.Hour, "spent"},
		{20 * 24 * time.Hour, ""},
	} {
		w.clock.add(step.after)
		w.s.Tidy(w.d)
		for kind, n := range w.records() {
			if want := strings.Contains(" "+step.stay+" ", " "+kind+" "); want != (n > 0) {
				t.Errorf("%s later: %d of %s", step.after, n, kind)
			}
		}
	}
}

func TestTheOutboxIsKeptAsLongAsDomainJSONSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.conf(`{senders:{keep:"2d"}}`)
	send := func() string {
		t.Helper()
		w.owner().must(`www captcha ~/www auth bai@example.com -as email`)
		return gjson.Get(w.owner().must(`www outbox ~/www -limit 1`), "0.file").String()
	}
	first := send()
	if !strings.HasPrefix(first, "~/.domain/outbox/") || !strings.Contains(w.owner().must(`cat `+first), "bai@example.com") {
		t.Errorf("file %q", first)
	}
	w.write(".domain/outbox/notes.txt", "mine")
	w.write(".domain/outbox/notes.eml", "mine")
	w.clock.add(47 * time.Hour)
	w.owner().must(`cat ` + first)
	w.clock.add(2 * time.Hour)
	if list := w.owner().must(`www outbox ~/www -c`); strings.TrimSpace(list) != "[]" {
		t.Error(list)
	}
	w.owner().fails("e.io.obj.noexists", `cat `+first)
	w.owner().must(`cat ~/.domain/outbox/notes.txt ~/.domain/outbox/notes.eml`)
	for _, bad := range []string{`"soon"`, `"1m"`, `"-3d"`, `3`, `"0d"`} {
		w.conf(`{senders:{keep:` + bad + `}}`)
		w.clock.add(24 * time.Hour)
		w.owner().fails("e.www.captcha.fail_send_by_email", `www captcha ~/www auth bai@example.com -as email`)
	}
}

func TestTidyingFollowsNoLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := "other/" + domain.NewID() + ".json"
	w.write(file, "{}")
	if err := os.Symlink("../other", filepath.Join(w.d.Dir(), ".domain/outbox")); err != nil {
		t.Fatal(err)
	}
	w.clock.add(100 * 24 * time.Hour)
	w.s.Tidy(w.d)
	w.owner().must(`cat ~/` + file)
}
