package regapi

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
)

// sites is the folder of a domain's pages.
const sites domain.Path = "www"

var (
	pageCache = []string{"no-cache"} // kept, but asked for each time (ETag)
	pageAllow = []string{"GET, HEAD, OPTIONS"}
)

// page serves a file of ~/www. path is what follows the site's address, as in
// the URL; bare says that the address had no slash behind it.
func (c *call) page(path string, bare bool) {
	if !c.limit(nil) {
		return
	}
	switch c.r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		c.w.Header()["Allow"] = pageAllow
		c.noContent()
		return
	default:
		c.w.Header()["Allow"] = pageAllow
		c.fail(domain.E("e.api.method"))
		return
	}
	p, dir, ok := c.pagePath(path)
	if !ok {
		c.noPage()
		return
	}
	c.pageAt(p, dir && !bare)
}

// pagePath is the object that an address names; dir says that it ends with a
// slash. Every segment must be a plain name: no dot files, nothing that climbs,
// no backslash, no NUL, nothing empty in the middle, no editor leftovers.
func (c *call) pagePath(path string) (p domain.Path, dir, ok bool) {
	p, dir = sites, true
	for path != "" {
		raw, rest, slash := strings.Cut(path, "/")
		seg := c.match.decode(raw)
		if seg == "" || seg[0] == '.' || strings.HasSuffix(seg, "~") || strings.ContainsAny(seg, "/\\\x00") {
			return "", false, false
		}
		p += "/" + domain.Path(seg)
		path, dir = rest, slash
	}
	return p, dir, true
}

// pageAt serves an object. It sees what an endpoint may see, so that no
// thing.json and no records leave the domain.
func (c *call) pageAt(p domain.Path, dir bool) {
	tree := c.d.Tree(domain.API)
	o, err := tree.Stat(p)
	switch {
	case err != nil:
		c.noPage()
		return
	case o.Race == domain.DIR && !dir:
		c.toFolder()
		return
	case o.Race == domain.DIR:
		p += "/index.html"
		if o, err = tree.Stat(p); err != nil || o.Race == domain.DIR {
			c.noPage()
			return
		}
	case dir:
		c.noPage()
		return
	}
	c.sendPage(tree, o)
}

func (c *call) sendPage(tree *domain.Tree, o *domain.Object) {
	f, err := tree.Open(o.Path)
	if err != nil {
		c.noPage()
		return
	}
	defer f.Close()
	content, ok := f.(io.ReadSeeker)
	info, err := f.Stat()
	if !ok || err != nil {
		c.fail(domain.Wrap(err, "e.internal"))
		return
	}
	h := c.w.Header()
	h["Content-Type"] = []string{withCharset(o.Mime)}
	h["Cache-Control"] = pageCache
	h["Etag"] = []string{`"` + strconv.FormatInt(info.ModTime().UnixNano(), 36) + "-" + strconv.FormatInt(info.Size(), 36) + `"`}
	c.sandbox()
	c.out.status, c.out.size, c.out.started = http.StatusOK, info.Size(), true
	http.ServeContent(c.w, c.r, "", info.ModTime().Truncate(time.Second), content)
}

// toFolder adds the slash that relative links need.
func (c *call) toFolder() {
	to := c.path() + "/"
	if c.r.URL.RawQuery != "" {
		to += "?" + c.r.URL.RawQuery
	}
	c.w.Header()["Location"] = []string{asciiLocation(to)}
	c.out.status = http.StatusPermanentRedirect
	c.w.WriteHeader(c.out.status)
}

// noPage answers 404 to a person.
func (c *call) noPage() {
	h := c.w.Header()
	h["Content-Type"] = textType
	c.out.status, c.out.started = http.StatusNotFound, true
	c.w.WriteHeader(http.StatusNotFound)
	io.WriteString(c.w, domain.Text{ZH: "404 找不到页面\n", EN: "404 no such page\n"}.In(c.lang))
}
