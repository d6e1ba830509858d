package regapi

import (
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
)

// With cache-redirect an answer becomes a file of the site, and those who ask
// are sent there.

// toPage writes an answer as a page.
func (c *call) toPage(k *cached) {
	dir := c.ep.cache.redirect
	if dir == "" {
		return
	}
	p := dir + domain.Path("/"+pageName(k))
	tree := c.d.Tree(domain.Owner)
	c.sweepPages(tree, dir)
	if err := tree.WriteFile(p, k.body); err != nil {
		c.h.log.Warn("keep an answer as a page", "domain", c.d.Name(), "endpoint", c.ep.file, "err", err)
		return
	}
	k.file = p
	k.drop = func() { go tree.Remove(p, false) }
}

// pageName is the same for the same question, also after a restart.
func pageName(k *cached) string {
	sum := sha256.Sum256([]byte(k.key.ep.api + "\x00" + k.key.host + "\x00" + k.key.url + "\x00" + string(k.key.lang)))
	name := hex.EncodeToString(sum[:16])
	if ext, err := mime.ExtensionsByType(k.header.Get("Content-Type")); err == nil && len(ext) > 0 {
		return name + ext[0]
	}
	return name + ".bin"
}

// isPageName reports whether pageName made a name.
func isPageName(name string) bool {
	stem, _, ok := strings.Cut(name, ".")
	_, err := hex.DecodeString(stem)
	return ok && len(stem) == 32 && err == nil
}

// sweepPages removes, once per endpoint, the pages that were left behind by a
// server that has ended.
func (c *call) sweepPages(tree *domain.Tree, dir domain.Path) {
	c.ep.swept.Do(func() {
		list, _ := tree.List(dir)
		before := time.Now().Add(-c.ep.cache.lasts()).UnixMilli()
		for _, o := range list {
			if isPageName(o.Name) && o.Modified < before {
				tree.Remove(o.Path, false)
			}
		}
	})
}

// toFile sends the caller to a page.
func (c *call) toFile(p domain.Path) {
	rest := strings.TrimPrefix(string(p), string(sites)+"/")
	if !c.mapped {
		rest = "www/" + c.d.Name() + "/" + rest
	}
	h := c.w.Header()
	h["Location"] = []string{escapedPath("/" + rest)}
	h["Cache-Control"] = noStore
	delete(h, "Content-Type")
	c.out.status, c.out.size = http.StatusFound, 0
	c.w.WriteHeader(http.StatusFound)
}
