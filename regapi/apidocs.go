package regapi

import (
	"net/http"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/form"
	"github.com/caryahq/carya/regapi/apidoc"
)

// What the engine answers of itself in each domain, unless an endpoint stands
// there:
//
//	/api/<domain>/_openapi.json    OpenAPI 3.1
//	/api/<domain>/_docs            a page for people
const (
	openAPIName = "_openapi.json"
	docsName    = "_docs"
)

var (
	htmlType  = []string{"text/html; charset=utf-8"}
	pageGuard = []string{"default-src 'none'; style-src 'unsafe-inline'"}
)

// document answers with the domain's documentation; false when the address is
// none of it. path is what follows `api` and the domain's name.
func (c *call) document(path string) bool {
	if path != openAPIName && path != docsName {
		return false
	}
	if !c.limit(nil) {
		return true
	}
	if c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
		c.w.Header()["Allow"] = []string{"GET, HEAD"}
		c.fail(domain.E("e.api.method"))
		return true
	}
	api := c.h.Describe(c.d)
	if len(api.Operations) == 0 {
		c.fail(domain.E("e.api.noexists"))
		return true
	}
	lang := c.lang
	if l, ok := form.Lookup(c.r.URL.RawQuery, "lang", false); ok && (l == string(domain.ZH) || l == string(domain.EN)) {
		lang = domain.Lang(l)
	}
	c.sendDocument(path, api, lang)
	return true
}

func (c *call) sendDocument(path string, api *apidoc.API, lang domain.Lang) {
	h, make := c.w.Header(), apidoc.OpenAPI
	h["Content-Type"] = jsonType
	if path == docsName {
		make = apidoc.Page
		h["Content-Type"] = htmlType
		h["Content-Security-Policy"] = pageGuard
	}
	doc, err := make(api, lang)
	if err != nil {
		c.fail(err)
		return
	}
	h["Content-Language"] = []string{string(lang)}
	h["Content-Length"] = number(len(doc))
	c.out.status, c.out.started, c.out.size = http.StatusOK, true, int64(len(doc))
	c.w.WriteHeader(http.StatusOK)
	c.w.Write(doc)
}

// documentPath is what follows the domain's name, where the address may leave it
// out.
func documentPath(rest, below string, own bool) string {
	if own {
		return below
	}
	return strings.TrimSuffix(rest, "/")
}
