package regapi

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi/share"
	"github.com/caryahq/carya/shell"
)

// Options are what a Handler stands on. Root and Registry are needed.
type Options struct {
	Root     *domain.Root
	Registry *shell.Registry

	// Identify gives the person that a ticket of a site stands for. An error
	// of kind Unauthorized, NotFound or Invalid means nobody. Nil: nobody
	// ever is.
	Identify func(ctx context.Context, d *domain.Domain, site domain.Ref, ticket string) (*domain.Identity, error)

	// Alive is Identify for a run that lasts: it does not count as a use of the session,
	// which may end by idleness meanwhile. Nil: Identify.
	Alive func(ctx context.Context, d *domain.Domain, site domain.Ref, ticket string) (*domain.Identity, error)

	// Can says whether a person may do all (or any) of some actions. Nil:
	// nobody may anything.
	Can func(ctx context.Context, d *domain.Domain, who *domain.Identity, actions []string, any bool) (bool, error)

	// Recorder keeps what the metadata history asks for. Nil: nothing.
	Recorder Recorder

	// Served is told of every request when it has been answered. Nil: nobody
	// is.
	Served func(Served)

	Limits  bool           // per-address request limits
	Proxies []netip.Prefix // whose word on who calls counts

	// ProxyHeader is how those proxies tell it: XForwardedFor ("" too) or
	// Forwarded. The other header never counts.
	ProxyHeader string

	Running int           // scripts at once; 503 above; 0 is 2,048
	Wait    time.Duration // how long a request waits for its script to run; 0 is 5 s
	Files   int           // that the process may open: requests under way have parts of them; 0 is no bound
	TempDir string        // for large bodies, a folder each domain; "" is .carya/tmp of the root

	Log    *slog.Logger // nil is slog.Default()
	Access *slog.Logger // a line a request at level Info; nil: Log at level Debug
}

// Served is a request that has been answered.
type Served struct {
	Domain string // "" when it was for none that there is
	Status int
	Took   time.Duration
}

// Handler serves the endpoints and pages of all domains of a root. Any number
// of requests may be served at once.
type Handler struct {
	opt      Options
	log      *slog.Logger
	limits   *limits
	slots    share.Pool
	calls    sync.Pool
	owners   owners
	answers  answerCache
	proxy    untrusted
	busyTold atomic.Int64 // when the log was last told, Unix ns
	tables   tables
	streams  streams
	look     time.Duration // sessionLook

	mounting sync.Mutex
}

var _ http.Handler = (*Handler)(nil)

// New makes a handler. Domains are opened and their endpoints loaded on the
// first request for them.
func New(o Options) *Handler {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.TempDir == "" {
		o.TempDir = o.Root.TempDir()
	}
	h := &Handler{opt: o, log: o.Log, limits: newLimits(), look: sessionLook}
	h.slots.Slots, h.slots.Wait, h.slots.Files = o.Running, o.Wait, o.Files
	h.owners.root = o.Root
	h.streams.open()
	h.calls.New = func() any { return newCall(h) }
	return h
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := h.calls.Get().(*call)
	c.begin(w, r)
	defer c.end()
	c.dispatch()
}

// Running is how many scripts run at this moment.
func (h *Handler) Running() int { return h.slots.Used() }

// Usage is what a domain holds of its shares; nothing when nobody has asked it yet.
func (h *Handler) Usage(d *domain.Domain) share.Usage {
	if m, ok := d.Value(mountKey{h}).(*mount); ok {
		return m.share.Usage()
	}
	return share.Usage{}
}

// Check reads a domain's endpoints anew and gives everything that is wrong with
// them, sorted by place.
func (h *Handler) Check(d *domain.Domain) []domain.Fault {
	m := h.mount(d)
	m.reload()
	m.mu.Lock()
	defer m.mu.Unlock()
	faults := append(m.loader.faults(), tableFaults(d, m.table.Load())...)
	eps := m.table.Load().endpoints
	return slices.Concat(faults, m.siteFaults(eps), m.callFaults(eps))
}

// Route is an endpoint as a list shows it.
type Route struct {
	Path    string `json:"path"`    // "/api/demo/auth/site", wildcards as {name}
	Methods string `json:"methods"` // "GET, HEAD, OPTIONS"
	File    string `json:"file"`    // "~/.regapi/api/auth/site"
	Doc     string `json:"doc"`     // the file's comment block
	Writes  bool   `json:"writes"`  // the script may change the domain
	Guarded bool   `json:"guarded"` // it asks for a session, a permission or a token
}

// Routes lists a domain's endpoints, sorted by file.
func (h *Handler) Routes(d *domain.Domain) []Route {
	t := h.mount(d).current(time.Now())
	out := make([]Route, len(t.endpoints))
	for i, ep := range t.endpoints {
		out[i] = Route{
			Path: ep.route(d.Name()), Methods: ep.methodList(), File: ep.file, Doc: ep.doc,
			Writes:  ep.script != nil && ep.script.Writes(),
			Guarded: ep.asksWho() || ep.tokens != nil,
		}
	}
	return out
}
