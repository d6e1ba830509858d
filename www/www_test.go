package www

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/cmds"
	"github.com/caryahq/carya/shell/shelltest"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore"
)

// passwd is the password of xiaobai.
const passwd = "correct horse battery"

// cheap is a hash that tests can afford.
var cheap = Hash{Memory: 8, Time: 1, Threads: 1}

// clock is a time that moves only when it is told to.
type clock struct {
	mu   sync.Mutex
	now  time.Time
	tick time.Duration // what every look at it takes
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(c.tick)
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is the domain demo with the site ~/www and the account xiaobai, on a
// real store whose clock is the service's.
type world struct {
	t     testing.TB
	root  *domain.Root
	store *filestore.Store
	calls *counted // of the store
	addr  atomic.Int32
	d     *domain.Domain
	clock *clock
	s     *Service
	now   atomic.Pointer[Service] // s, for what runs in the background
	reg   *shell.Registry
}

// dbKey is where an open domain keeps its ThingSets.
type dbKey struct{}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{now: time.Now()}}
	dir := t.TempDir()
	log := slog.New(slog.DiscardHandler)
	var err error
	w.store, err = filestore.Open(filestore.Options{
		Dir: func(dom string) string { return filepath.Join(dir, dom) }, Log: log, Now: w.clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.calls = &counted{Store: w.store, n: map[string]int{}}
	w.root, err = domain.OpenRoot(dir, domain.RootOptions{Log: log, OnOpen: func(d *domain.Domain) error {
		db := thingset.NewDB(d, w.calls).WhenGone(thingset.Gone{
			Commit: func(ctx context.Context, batch []thingset.Write, ended []int) ([]thingset.Write, error) {
				return w.now.Load().WhenGone(d).Commit(ctx, batch, ended)
			},
			After: func(ctx context.Context, set domain.Path, ids []string) error {
				return w.now.Load().WhenGone(d).After(ctx, set, ids)
			},
		})
		d.Put(dbKey{}, db)
		db.Start()
		return nil
	}, OnClose: func(d *domain.Domain) {
		d.Value(dbKey{}).(*thingset.DB).Stop()
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.root.Close(); w.store.Close() })
	w.restart()
	w.d = w.domain("demo")
	return w
}

// restart makes a new service over the same store, as a restart does.
func (w *world) restart() {
	w.s = New(Options{
		DB:   func(d *domain.Domain) *thingset.DB { return d.Value(dbKey{}).(*thingset.DB) },
		Log:  slog.New(slog.DiscardHandler),
		Now:  w.clock.Now,
		Hash: cheap,
	})
	w.now.Store(w.s)
	w.reg = shell.NewRegistry(append(cmds.All(cmds.Deps{DB: w.s.o.DB}), w.s.Command())...)
}

// domain makes a domain laid out as the pack auth does it.
func (w *world) domain(name string) *domain.Domain {
	w.t.Helper()
	d, err := w.root.Create(name)
	if err != nil {
		w.t.Fatal(err)
	}
	in := w.as(domain.Owner, d, nil)
	for _, set := range []string{"accounts", "roles"} {
		schema, err := os.ReadFile("../regapi/packs/auth/" + set + ".json")
		if err != nil {
			w.t.Fatal(err)
		}
		in.must(`thing ~/` + set + ` init -fields '` + string(schema) + `'`)
	}
	in.must(`mkdir ~/www`)
	in.must(`www site ~/www -u '{accounts:"~/accounts",roles:"~/roles",role_default:"member"}'`)
	in.must(`www account ~/www -new '{nm:"xiaobai",nickname:"Bai",phone:"13900000001",email:"bai@example.com",passwd:"` + passwd + `"}'`)
	return d
}

// shellOf is a shell of somebody: the owner's, or that of a request.
type shellOf struct {
	w   *world
	env shell.Env
}

func (w *world) as(who domain.Principal, d *domain.Domain, r *domain.Request) *shellOf {
	return &shellOf{w, shell.Env{Domain: d, Who: who, Lang: domain.EN, Vars: shell.NewVars(nil), Request: r}}
}

// owner is the shell of demo's owner.
func (w *world) owner() *shellOf { return w.as(domain.Owner, w.d, nil) }

// request is a shell as an endpoint has it: a caller from addr, with a ticket
// when it is not "".
func (w *world) request(addr, ticket string) *shellOf {
	site := w.site()
	return w.as(domain.API, w.d, &domain.Request{Remote: addr, Identity: func() (*domain.Identity, error) {
		if ticket == "" {
			return nil, nil
		}
		return w.s.Identify(w.t.Context(), w.d, domain.Ref{ID: site.ID}, ticket)
	}})
}

// run runs a line; it may be called from many goroutines.
func (s *shellOf) run(line string) (string, error) { return s.runWith(shell.NewVars(nil), line) }

// runWith is run with values for the line's placeholders.
func (s *shellOf) runWith(vars shell.Vars, line string) (string, error) {
	env := s.env
	var out bytes.Buffer
	env.Out, env.Err, env.Vars = &out, &out, vars
	script, err := s.w.reg.CompileText(line, shell.CompileOptions{})
	if err == nil {
		err = script.Run(s.w.t.Context(), &env)
	}
	return out.String(), err
}

// must is the output of a line that has to succeed.
func (s *shellOf) must(line string) string {
	s.w.t.Helper()
	out, err := s.run(line)
	if err != nil {
		s.w.t.Fatalf("$ %s\n%v", line, err)
	}
	return out
}

// fails checks the code of a line that has to fail.
func (s *shellOf) fails(code, line string) {
	s.w.t.Helper()
	if out, err := s.run(line); domain.CodeOf(err) != code {
		s.w.t.Errorf("$ %s\nwant %s, got %v\n%s", line, code, err, out)
	}
}

// site is demo's ~/www.
func (w *world) site() *Site {
	w.t.Helper()
	site, err := w.s.site(w.t.Context(), w.s.in(w.d), domain.Ref{Path: DefaultSite})
	if err != nil {
		w.t.Fatal(err)
	}
	return site
}

// signIn gives a ticket of an account, as the owner gets one.
func (w *world) signIn(name string) string {
	w.t.Helper()
	ticket := gjson.Get(w.owner().must(`www auth ~/www `+name), "ticket").String()
	if len(ticket) != 43 {
		w.t.Fatalf("ticket %q", ticket)
	}
	return ticket
}

func session(t *testing.T) shelltest.Session {
	w := newWorld(t)
	return shelltest.Lines(t.Context(), w.reg, w.owner().env)
}

func TestPagesAndTranscripts(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{"*.md", "*.txt"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if f != "common.txt" { // passwords
				files = append(files, f)
			}
		}
	}
	shelltest.Run(t, session, files...)
}

func TestEveryVerbHasManualAndTranscript(t *testing.T) {
	t.Parallel()
	for _, v := range New(Options{}).Command().Verbs {
		m, err := shell.ParseManual(v.Manual)
		if err != nil || m.Name != "www "+v.Name || m.Summary.ZH == "" || m.Summary.EN == "" {
			t.Errorf("%s: manual %q, %v", v.Name, m.Name, err)
		}
		for _, ext := range []string{".md", ".txt"} {
			if _, err := os.Stat(v.Name + ext); err != nil {
				t.Error(err)
			}
		}
		for _, o := range v.Options {
			if o.Help.ZH == "" || o.Help.EN == "" {
				t.Errorf("%s -%s: help is missing in a language", v.Name, o.Name)
			}
		}
	}
}
