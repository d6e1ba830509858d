package www

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// A session does not come back with its account, however that went and returned.
func TestASessionDoesNotComeBackWithItsAccount(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]struct{ away, back string }{
		"bin":            {`thing ~/accounts delete ID`, `thing ~/accounts restore ID`},
		"several":        {`thing ~/accounts delete -match '{nm:"xiaobai"}'`, `thing ~/accounts restore ID`},
		"by its members": {`www account ~/www ID -u '{th_live:-1}'`, `thing ~/accounts restore ID`},
		"for good":       {`thing ~/accounts delete ID -hard`, `thing ~/accounts create -fields '{id:"ID",nm:"xiaobai"}'`},
		"cleaned":        {`thing ~/accounts delete ID; thing ~/accounts clean`, `www account ~/www -new '{id:"ID",nm:"xiaobai"}'`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.stored("xiaobai", "id")
			ticket, other := w.signIn("xiaobai"), w.signIn("xiaobai")
			child := gjson.Get(w.request("192.0.2.1", ticket).must(`www auth ~/www "" -ticket `+ticket), "ticket").String()
			w.owner().must(strings.ReplaceAll(way.away, "ID", id))
			w.owner().must(strings.ReplaceAll(way.back, "ID", id))
			for _, ticket := range []string{ticket, other, child} {
				w.owner().fails("e.auth.ticked.noexist", `www checkme ~/www `+ticket)
			}
			w.owner().must(`www checkme ~/www ` + w.signIn("xiaobai"))
		})
	}
}

// waitFor looks again and again until something is so.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick, limit := time.NewTicker(5*time.Millisecond), time.NewTimer(20*time.Second)
	defer tick.Stop()
	defer limit.Stop()
	for !ok() {
		select {
		case <-limit.C:
			t.Fatalf("waiting until %s took too long", what)
		case <-tick.C:
		}
	}
}

// Nor when somebody removed its file, or when its time had come.
func TestASessionEndsWithAnAccountThatGoesByItself(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]func(w *world, id, file string){
		"file": func(w *world, _, file string) {
			if err := os.Remove(file); err != nil {
				w.t.Fatal(err)
			}
		},
		"time": func(w *world, id, _ string) {
			w.owner().must(`thing ~/accounts update ` + id + ` -fields '{expi:` + strconv.Itoa(int(w.clock.Now().Add(time.Hour).UnixMilli())) + `}'`)
			w.clock.add(2 * time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.owner().must(`www site ~/www -u '{se_idle_du:90000,se_dft_du:900000}'`)
			id := w.stored("xiaobai", "id")
			file := filepath.Join(w.d.Dir(), "accounts", "index", id+".json")
			ticket := w.signIn("xiaobai")
			var text []byte
			waitFor(t, "its file is there", func() bool { text, _ = os.ReadFile(file); return len(text) > 0 })
			away(w, id, file)
			waitFor(t, "the account is gone", func() bool {
				_, err := w.owner().run(`thing ~/accounts get ` + id)
				return domain.CodeOf(err) == "e.thing.noexists"
			})
			sessions := w.site().set
			waitFor(t, "its session has ended", func() bool {
				_, err := sessions.Get(t.Context(), ticketID(ticket))
				return domain.CodeOf(err) == "e.thing.noexists"
			})
			if name == "file" {
				if err := os.WriteFile(file, text, 0o600); err != nil {
					t.Fatal(err)
				}
				waitFor(t, "it is back", func() bool { _, err := w.owner().run(`thing ~/accounts get ` + id); return err == nil })
				w.owner().fails("e.auth.ticked.noexist", `www checkme ~/www `+ticket)
			}
		})
	}
}

// What went while nobody looked on has no session at the next start.
func TestSessionsWithoutAnAccountEndAtTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticket := w.signIn("xiaobai")
	ghost := `{"id":"` + ticketID("ghost") + `","uid":"nobody","end":99999999999999,"expi":99999999999999}`
	if _, err := w.site().set.Put(t.Context(), ticketID("ghost"), []byte(ghost), 0); err != nil {
		t.Fatal(err)
	}
	if err := w.s.WhenGone(w.d).After(t.Context(), "", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := w.site().set.Get(t.Context(), ticketID("ghost")); domain.CodeOf(err) != "e.thing.noexists" {
		t.Errorf("%v", err)
	}
	w.owner().must(`www checkme ~/www ` + ticket)
}

// Another set's things may have the ids of people.
func TestOtherThingsEndNoSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ticket := w.stored("xiaobai", "id"), w.signIn("xiaobai")
	w.owner().must(`thing ~/orders init; thing ~/orders create -fields '{id:"` + id + `"}'; thing ~/orders delete ` + id + ` -hard`)
	w.owner().must(`www checkme ~/www ` + ticket)
}
