package regapi

import (
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// compiler turns an endpoint's text and metadata into the endpoint.
type compiler struct {
	keys     keyTable
	recorder Recorder // nil: no history is kept
	ep       *endpoint
	faults   []domain.Fault
}

// compile makes an endpoint of its text.
func (c *compiler) compile(reg *shell.Registry, src string, metas []*metaText) {
	f, wrong := splitFile(src)
	if wrong != nil {
		c.faults = append(c.faults, faultAt(c.ep.file, wrong.at, wrong.msg))
		return
	}
	c.ep.doc = f.doc
	own := parseMeta(c.ep.file, f.meta, f.metaAt)
	c.faults = append(c.faults, own.faults...)
	n := len(metas) - 1
	all := merge(metas[:n], metas[n], own)
	c.settings(all)
	c.adviseKeys(all, metas[n], own)
	if name := own.param(); name != "" && strings.HasSuffix(c.ep.api, "/"+anyName) {
		c.ep.params = append(slices.Clip(c.ep.params[:len(c.ep.params)-1]), name)
	}
	c.script(reg, f)
}

// script compiles the pipeline.
func (c *compiler) script(reg *shell.Registry, f file) {
	if isBlank(f.body) {
		c.faults = append(c.faults, faultAt(c.ep.file, f.bodyAt, domain.Text{ZH: "脚本是空的", EN: "the script is empty"}))
		return
	}
	script, err := reg.CompileText(f.body, shell.CompileOptions{File: c.ep.file, At: f.bodyAt, Endpoint: true})
	if err != nil {
		c.faults = append(c.faults, scriptFaults(c.ep.file, f.bodyAt, err)...)
		return
	}
	c.ep.script, c.ep.body = script, f.body
	c.needs()
	c.cacheFits()
	c.advise(f)
	for _, ph := range script.Placeholders() {
		for _, k := range ph.Keys {
			c.ep.cookie = c.ep.cookie || strings.HasPrefix(k.Name, "http-cookie-") || k.Name == "http-header-COOKIE"
		}
	}
}

// isBlank reports whether a script holds nothing but comments.
func isBlank(body string) bool {
	for line := range strings.Lines(body) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return true
}
