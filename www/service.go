package www

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/www/send"
	"github.com/caryahq/carya/www/weixin"
)

// Options is what the service needs of the rooms around it.
type Options struct {
	DB   func(*domain.Domain) *thingset.DB // a domain's ThingSets
	Log  *slog.Logger                      // nil is slog.Default()
	Now  func() time.Time                  // nil is time.Now
	Hash Hash                              // zero is DefaultHash

	// Work does the work of a hash elsewhere; nil is HashWork.Do, here. It is
	// called by a bounded number of goroutines at once.
	Work func(HashWork) HashDone

	// Fetch reads what an address holds, at most so many bytes; nil reads none. It
	// knows where a principal may read from.
	Fetch func(ctx context.Context, d *domain.Domain, who domain.Principal, from string, most int64) ([]byte, error)

	Send send.Options // zero has defaults; Now and Log are these
}

// Service is the people of every domain. It may be used from many goroutines.
type Service struct {
	o     Options
	pool  *pool
	known versions[*Person]      // people whose sessions are in use
	heads versions[*sessionHead] // those sessions
	roles versions[*matrix]      // what roles may do

	mu    sync.Mutex // making a domain's people
	begun time.Time  // when the service began
}

// people is what the service keeps in memory for one open domain.
type people struct {
	db      *thingset.DB
	d       *domain.Domain
	sites   sync.Map // domain.Path -> *Site
	matrix  sync.Map // domain.Path -> *matrixFile
	guesses *guesses
	post    *send.Post
	wx      sync.Mutex // finding or making the account of a WeChat person
	tokens  weixin.Tokens

	refused  sync.Map // site id + " " + field: see tellSetme
	refusals atomic.Int64
}

// New makes the service.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Hash == (Hash{}) {
		o.Hash = DefaultHash
	}
	o.Send.Now, o.Send.Log = o.Now, o.Log
	o.Send = o.Send.Defaults()
	return &Service{o: o, pool: newPool(o.Work != nil), begun: o.Now()}
}

type peopleKey struct{ s *Service }

// in is what the service keeps for a domain; it goes with the open domain.
func (s *Service) in(d *domain.Domain) *people {
	key := peopleKey{s}
	if p, ok := d.Value(key).(*people); ok {
		return p
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := d.Value(key).(*people); ok {
		return p
	}
	p := &people{db: s.o.DB(d), d: d}
	for _, f := range s.Check(d) {
		s.o.Log.Warn("site", "domain", d.Name(), "fault", f.String())
	}
	p.guesses = newGuesses(s, p)
	p.post = send.NewPost(d, p.db, s.o.Send)
	d.Put(key, p)
	return p
}

// Tidy removes what a domain need not keep any longer and does not expire by
// itself. It is cheap; a server calls it now and then for each open domain.
func (s *Service) Tidy(d *domain.Domain) { s.in(d).post.Tidy() }

// nowMS is the wall clock in Unix milliseconds.
func (s *Service) nowMS() int64 { return s.o.Now().UnixMilli() }

// steadyMS is a clock for limits, in Unix milliseconds: the wall clock of when
// the service began, and the monotonic one since. Setting the clock does not end
// a wait.
func (s *Service) steadyMS() int64 { return s.begun.Add(s.o.Now().Sub(s.begun)).UnixMilli() }

// Command is the family `www`: one explicit list of its verbs.
func (s *Service) Command() *shell.Command {
	return &shell.Command{
		Name:   "www",
		Manual: manual("www"),
		VerbAt: 0,
		Verbs: []*shell.Command{
			s.accountVerb(), s.authVerb(), s.avatarVerb(), s.captchaVerb(), s.checkmeVerb(), s.hashVerb(),
			s.logoutVerb(), s.mailVerb(), s.outboxVerb(), s.passwdVerb(), s.pvgVerb(), s.roleVerb(), s.sessionVerb(), s.siteVerb(),
		},
	}
}
