package regapi

import (
	"net/http"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/pattern"
	"github.com/caryahq/carya/regapi/apidoc"
	"github.com/caryahq/carya/shell"
)

// endpoint is a file compiled: nothing of it is parsed per request. It never
// changes.
type endpoint struct {
	api    string // its path below .regapi: "api/auth/site"
	file   string // its path as faults and logs name it: "~/.regapi/api/auth/site"
	doc    string
	body   string        // the script's text
	params []string      // names of the wildcards in order, "" for one without
	script *shell.Script // nil when the file was broken from its first day
	needs  []string      // preloads that the script has no default for
	cookie bool          // the script or the metadata reads cookies
	swept  sync.Once     // see sweepPages
	told   told          // of what its answers were refused

	settings
}

// settings is what the metadata says.
type settings struct {
	methods [verbs]bool
	limited bool // http-methods is there

	headers []header // besides Content-Type
	ctype   []string // nil: by the output
	sniff   []string // families of types that the output may be
	status  int      // of a success, 200 when unset
	head    bool     // the output begins with an HTTP head

	origins    []string // "*" alone is any
	anyOrigin  bool
	guard      *http.CrossOriginProtection // for what cookies authenticate
	home       *domain.Ref                 // the one site; nil: see site
	anySite    bool                        // http-www-home is "*"
	tickets    []ticketSource
	auth       bool
	assert     [][]string // all groups, any of a group
	rights     []right    // pvg-setup
	tokens     []string
	preload    map[string]domain.Path
	jsonMerge  bool
	jsonName   string // the placeholder that is the body; "": its members are placeholders
	copyCookie []cookieCopy

	bodyMax int64
	timeout time.Duration
	rate    rate
	sse     bool // the output is a stream of events
	free    bool // http-rate: none
	trace   bool // keep the last requests for the owner

	envelope envelopeRule

	public  bool          // that everybody may write is meant
	private bool          // not documented
	takes   *apidoc.Shape // of parameters, as far as it is said
	returns *apidoc.Shape // of the answer's data; nil: anything

	cache   cacheRule
	history historyRule
}

// header is a constant header of the answer. Its values are shared by all
// answers and must not be changed.
type header struct {
	name   string
	values []string
}

// ticketSource is a place where the session ticket may stand.
type ticketSource struct {
	in   ticketPlace
	name string
}

type ticketPlace uint8

const (
	inParam ticketPlace = iota // query, then body
	inQuery
	inBody
	inHeader
	inCookie
)

// cookieCopy stands in for a query parameter.
type cookieCopy struct{ cookie, param string }

// cacheRule says which answers are kept, and for how long.
type cacheRule struct {
	on       bool
	test     *pattern.Regexp // nil: every one
	duration time.Duration
	lazy     bool
	redirect domain.Path // "": answers are no pages
}

// asksWho reports whether nobody comes in without a session.
func (ep *endpoint) asksWho() bool { return ep.auth || ep.settings.assert != nil }

// takes reports whether the endpoint answers a verb.
func (ep *endpoint) takes(v verb) bool { return !ep.limited || ep.methods[v] }

// isJSON reports whether the endpoint's answers are JSON, so that errors of
// the script are part of the conversation.
func (ep *endpoint) isJSON() bool {
	return !ep.head && ep.sniff == nil && !isRedirect(ep.status) && (ep.ctype == nil || isJSONType(ep.ctype[0]))
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}
