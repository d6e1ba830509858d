package regapi

import (
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
)

// sandboxed is sent with pages of a host that several owners share: such a page
// has an origin of its own and reads nothing of the others'.
var sandboxed = []string{"sandbox allow-scripts allow-forms allow-popups", framedSelf[0]}

// sandbox fences a page in when the host is not its domain's own and holds
// domains of other people.
func (c *call) sandbox() {
	if !c.mapped && c.h.owners.several(time.Now()) {
		c.w.Header()["Content-Security-Policy"] = sandboxed
		return
	}
	c.frame()
}

// owners knows whether a root's domains belong to different people. Whose a domain
// is the operator says; one without an owner is its own.
type owners struct {
	root *domain.Root

	mu    sync.Mutex
	next  time.Time    // look again then
	seen  *grant.Table // or when the grants are others
	found bool
}

// ownersPause is the least time between two looks at all domains.
const ownersPause = 2 * time.Second

// several reports whether there is a second domain whose owner is another one,
// or unknown.
func (o *owners) several(now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	table := o.root.Operator().Table()
	if now.Before(o.next) && table == o.seen {
		return o.found
	}
	start := time.Now()
	o.found, o.seen = o.look(), table
	o.next = now.Add(max(ownersPause, 50*time.Since(start)))
	return o.found
}

func (o *owners) look() bool {
	names, err := o.root.Names()
	if err != nil {
		return true
	}
	if len(names) < 2 {
		return false
	}
	first := o.root.Grants(names[0]).Owner
	for _, name := range names[1:] {
		if own := o.root.Grants(name).Owner; own == "" || own != first {
			return true
		}
	}
	return false
}
