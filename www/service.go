package www

import (
	"log/slog"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// Options is what the service needs of the rooms around it.
type Options struct {
	DB     func(*domain.Domain) *thingset.DB // a domain's ThingSets
	Secret func(purpose string) []byte       // keys of this root, 32 bytes each
	Log    *slog.Logger                      // nil is slog.Default()
	Now    func() time.Time                  // nil is time.Now
	Hash   Hash                              // zero is DefaultHash
}

// Service is the people of every domain. It may be used from many goroutines.
type Service struct {
	o     Options
	pool  *pool
	known versions[*Person]      // people whose sessions are in use
	heads versions[*sessionHead] // those sessions
	roles versions[*matrix]      // what roles may do

	mu sync.Mutex // making a domain's people
}

// people is what the service keeps in memory for one open domain.
type people struct {
	db      *thingset.DB
	d       *domain.Domain
	sites   sync.Map // domain.Path -> *Site
	guesses *guesses
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
	return &Service{o: o, pool: newPool()}
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
	p.guesses = newGuesses(s, p)
	d.Put(key, p)
	return p
}

// nowMS is the wall clock in Unix milliseconds.
func (s *Service) nowMS() int64 { return s.o.Now().UnixMilli() }

// Command is the family `www`: one explicit list of its verbs.
func (s *Service) Command() *shell.Command {
	return &shell.Command{
		Name:   "www",
		Manual: manual("www"),
		VerbAt: 0,
		Verbs: []*shell.Command{
			s.accountVerb(), s.authVerb(), s.avatarVerb(), s.captchaVerb(), s.checkmeVerb(), s.hashVerb(),
			s.logoutVerb(), s.passwdVerb(), s.pvgVerb(), s.roleVerb(), s.sessionVerb(), s.siteVerb(),
		},
	}
}
