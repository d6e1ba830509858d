package main

import (
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/outbound"
	"github.com/caryahq/carya/regapi"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/cmds"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore"
	"github.com/caryahq/carya/thingset/history"
	"github.com/caryahq/carya/www"
	"github.com/caryahq/carya/www/send"
)

// app is every room, wired: the one place that sees everything.
type app struct {
	log      *slog.Logger
	root     *domain.Root
	store    *filestore.Store
	people   *www.Service
	registry *shell.Registry
	api      *regapi.Handler
	making   sync.Mutex       // guards api until somebody serves
	out      *outbound.Dialer // every connection of a domain's to the outside
	send     history.Send     // copies of records
	prompts  sessions
	proxies  proxies
	meters   *meters
	domains  sync.Map // the open ones, *domain.Domain by name
	asking   asking
	cron     atomic.Pointer[cron] // nil until jobs run
}

// dbKey is where an open domain keeps its ThingSets.
type dbKey struct{}

// closingKey is where a domain tells that it is being closed: then it need not
// answer.
type closingKey struct{}

func db(d *domain.Domain) *thingset.DB { return d.Value(dbKey{}).(*thingset.DB) }

// newApp makes the rooms that need no root yet: enough to list the commands
// and to print manuals.
func newApp(log *slog.Logger) *app {
	out := outbound.New()
	a := &app{log: log, out: out, send: cmds.NewSender(out)}
	a.people = www.New(www.Options{DB: db, Log: log, Fetch: cmds.NewFetcher(out), Send: send.Options{Out: out}})
	a.registry = shell.NewRegistry(append(cmds.All(cmds.Deps{DB: db, IsHash: www.IsHash, Out: out}), a.people.Command())...)
	return a
}

// open takes the root and its lock.
func (a *app) open(dir string) error {
	boundGarbage()
	if err := readHash(dir, a.people); err != nil {
		return err
	}
	var err error
	if a.store, err = filestore.Open(a.engineOptions(dir)); err != nil {
		return err
	}
	a.root, err = domain.OpenRoot(dir, domain.RootOptions{OnOpen: a.opened, OnClose: a.closed, Log: a.log})
	if err != nil {
		_ = a.store.Close() // it has opened no domain
	}
	return err
}

// opened gives a domain its ThingSets.
func (a *app) opened(d *domain.Domain) error {
	history.Of(d).SendBy(a.send)
	sets := thingset.NewDB(d, a.store).RunScripts(a.hooks(d), a.log).WhenGone(a.people.WhenGone(d)).FormBy(a.people.AccountForm(d))
	d.Put(dbKey{}, sets)
	d.Put(cronLock{}, new(sync.Mutex))
	a.domains.Store(d.Name(), d)
	sets.Start()
	return nil
}

// closed settles a domain's records and histories.
func (a *app) closed(d *domain.Domain) {
	d.Put(closingKey{}, true)
	db(d).Stop()
	if err := history.Of(d).Close(); err != nil {
		a.log.Error("closing the histories of a domain", "domain", d.Name(), "err", err)
	}
	if err := a.store.ForgetDomain(d.Name()); err != nil {
		a.log.Error("closing a domain", "domain", d.Name(), "err", err)
	}
	a.domains.Delete(d.Name())
}

// tidy has the rooms remove what the open domains need not keep any longer.
func (a *app) tidy() {
	a.domains.Range(func(_, d any) bool {
		a.people.Tidy(d.(*domain.Domain))
		return true
	})
}

// serveHTTP makes the HTTP handler. limits says whether requests are limited
// per address.
func (a *app) serveHTTP(limits bool) *regapi.Handler {
	a.meters = newMeters(a)
	a.api = regapi.New(regapi.Options{
		Root:     a.root,
		Registry: a.registry,
		Identify: a.people.Identify,
		Alive:    a.people.Alive,
		Can:      a.people.Can,
		Log:      a.log,
		Limits:   limits,
		Recorder: recorder{},
		Served:   a.meters.count,
		Files:    mostFiles(),

		Proxies:     a.proxies.from,
		ProxyHeader: a.proxies.header,
	})
	return a.api
}

// handler is the HTTP handler, also where nobody serves: it knows the routes.
func (a *app) handler() *regapi.Handler {
	a.making.Lock()
	defer a.making.Unlock()
	if a.api == nil {
		return a.serveHTTP(true)
	}
	return a.api
}

// close settles everything and gives the lock back.
func (a *app) close() error {
	err := a.root.Close()
	if e := a.store.Close(); err == nil {
		err = e
	}
	return err
}
