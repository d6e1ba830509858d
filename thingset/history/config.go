package history

import (
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// What domain.json says under `history`:
//
//	keep:  { audit:"180d", login:"30d" }   // how long a book's records stay; the audit half a year, others for ever
//	size:  16777216                        // bytes of a file before the next one is begun, up to 256 MiB
//	rules: [{
//	  history: "audit",                    // of which book; all when absent
//	  match:   {act:"signin", ok:false},   // which records; all when absent
//	  file:    "~/logs/failed.jsonl",      // where a copy goes: a file,
//	  http:    "https://siem.example.com/in", // or a POST of the record
//	  secret:  "file:secrets/siem"         // (or env:SIEM_KEY) signs it: X-Carya-Signature: sha256=<hex HMAC of the body>
//	}]
const (
	defaultKeep = 180 * 24 * time.Hour
	defaultSize = 16 << 20
	minSize     = 4 << 10
	maxSize     = 256 << 20
	maxRules    = 32
)

// conf is the settings, read once for each version of domain.json.
type conf struct {
	of    *domain.Config
	size  int64
	keep  map[string]time.Duration
	rules []rule
}

// rule says who gets a copy of what.
type rule struct {
	book   string // "" is every one
	match  *thingset.Matcher
	file   domain.Path
	url    string
	secret string
}

type ruleCache struct{ last atomic.Pointer[conf] }

// conf is today's settings. What is wrong is logged and left out.
func (b *Books) conf() *conf {
	now := b.d.Config()
	if c := b.rules.last.Load(); c != nil && c.of == now {
		return c
	}
	c := b.readConf(now)
	b.rules.last.Store(c)
	return c
}

func (b *Books) readConf(of *domain.Config) *conf {
	c := &conf{of: of, size: defaultSize, keep: map[string]time.Duration{Audit: defaultKeep}}
	doc := gjson.ParseBytes(of.History)
	if n := doc.Get("size").Int(); n > 0 {
		c.size = min(max(minSize, n), maxSize)
	}
	doc.Get("keep").ForEach(func(name, v gjson.Result) bool {
		keep, err := ParseKeep(v.String())
		if err != nil {
			b.wrong("keep." + name.String())
			return true
		}
		c.keep[name.String()] = keep
		return true
	})
	for i, v := range doc.Get("rules").Array() {
		r, err := readRule(v)
		if err != nil || i >= maxRules {
			b.wrong(v.Raw)
			continue
		}
		c.rules = append(c.rules, r)
	}
	return c
}

func readRule(v gjson.Result) (r rule, err error) {
	r = rule{book: v.Get("history").String(), url: v.Get("http").String(), secret: v.Get("secret").String()}
	if m := v.Get("match"); m.Exists() {
		if r.match, err = thingset.ParseMatch(m.Raw); err != nil {
			return r, err
		}
	}
	if f := v.Get("file").String(); f != "" {
		r.file, err = domain.ParsePath(f)
	}
	if err == nil && (r.file == "") == (r.url == "") {
		err = domain.E("e.cmd.arg", domain.Text{ZH: "规则只能写 file 或 http 之一", EN: "a rule has either file or http"})
	}
	return r, err
}

// ParseKeep reads a time like 12h, and whole days like 180d.
func ParseKeep(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(text)
}

func (b *Books) wrong(what string) {
	b.d.Log().Warn("domain.json: history: not understood", "domain", b.d.Name(), "what", what)
}

func (c *conf) keepOf(name string) time.Duration { return c.keep[name] }
