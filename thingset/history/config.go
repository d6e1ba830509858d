package history

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/secret"
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
	wrong []wrong
}

// wrong is a setting that does not count: where below history it stands, and why.
type wrong struct {
	at  []any
	why domain.Text
}

// rule says who gets a copy of what.
type rule struct {
	book   string // "" is every one
	match  *thingset.Matcher
	file   domain.Path
	url    string
	secret string
	at     int // its place in the list
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
	c.unknown(doc, nil, "keep", "size", "rules")
	doc.Get("keep").ForEach(func(name, v gjson.Result) bool {
		keep, err := ParseKeep(v.String())
		if err != nil {
			c.refuse(domain.Textf("%v 不是时长：如 180d 或 12h", "%v is no time: want 180d or 12h", v.Raw), "keep", name.String())
			return true
		}
		c.keep[name.String()] = keep
		return true
	})
	for i, v := range doc.Get("rules").Array() {
		c.unknown(v, []any{"rules", i}, "history", "match", "file", "http", "secret")
		r, key, err := b.readRule(v)
		if i >= maxRules {
			err = domain.E("e.cmd.arg", domain.Textf("最多 %v 条规则", "at most %v rules count", maxRules))
		}
		if err != nil {
			c.refuse(domain.AsError(err).Said(), "rules", i, key)
			continue
		}
		r.at = i
		c.rules = append(c.rules, r)
	}
	for _, w := range c.wrong {
		b.d.Log().Warn("domain.json: history: a setting does not count", "domain", b.d.Name(), "where", w.at, "why", w.why.EN)
	}
	return c
}

func (c *conf) refuse(why domain.Text, at ...any) { c.wrong = append(c.wrong, wrong{at, why}) }

// unknown refuses members that an object does not have.
func (c *conf) unknown(v gjson.Result, at []any, known ...string) {
	v.ForEach(func(key, _ gjson.Result) bool {
		if v.IsObject() && !slices.Contains(known, key.Str) {
			c.refuse(domain.Textf("没有 %q：只有 %v", "there is no %q: want one of %v", key.Str, strings.Join(known, ", ")), append(slices.Clone(at), key.Str)...)
		}
		return true
	})
}

// readRule reads a rule; key is the member that is wrong.
func (b *Books) readRule(v gjson.Result) (r rule, key string, err error) {
	r = rule{book: v.Get("history").String(), url: v.Get("http").String(), secret: v.Get("secret").String()}
	if r.book != "" && !nameForm.MatchString(r.book) {
		return r, "history", domain.E("e.cmd.arg", domain.Textf("%q 不是历史的名字", "%q is no name of a history", r.book))
	}
	if m := v.Get("match"); m.Exists() {
		if r.match, err = thingset.ParseMatch(m.Raw); err != nil {
			return r, "match", err
		}
	}
	file := v.Get("file").String()
	if (file == "") == (r.url == "") {
		return r, "", domain.E("e.cmd.arg", domain.Text{ZH: "规则只能写 file 或 http 之一", EN: "a rule has either file or http"})
	}
	if file == "" {
		u, err := url.Parse(r.url)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return r, "http", domain.E("e.http.failed", domain.Text{ZH: "不是 http 或 https 地址", EN: "not an http or https address"})
		}
		return r, "", nil
	}
	if r.file, err = domain.ParsePath(file); err != nil {
		return r, "file", domain.E(domain.CodeOf(err), domain.TextOf(err))
	}
	return r, "file", noData(b.d, r.file)
}

// noData is the error for a file that no copies are written to.
func noData(d *domain.Domain, p domain.Path) error {
	if why := d.NoData(p); !why.Empty() {
		return domain.E("e.io.forbidden", why)
	}
	return nil
}

// Check tells what is wrong in the history's settings, and of copies that cannot be
// signed.
func (b *Books) Check() (out []domain.Fault) {
	c := b.conf()
	for _, w := range c.wrong {
		out = append(out, b.d.SettingFault(w.why, append([]any{"history"}, w.at...)...))
	}
	for _, r := range c.rules {
		if r.url == "" {
			continue
		}
		if _, err := b.forward.key(r.secret); err != nil {
			out = append(out, b.d.SettingFault(domain.AsError(err).Said(), "history", "rules", r.at, "secret"))
		} else if !secret.IsRef(r.secret) {
			f := b.d.SettingFault(domain.Text{ZH: "副本应当签名：secret 写作 file:secrets/名字 或 env:变量名", EN: "copies are to be signed: want a secret, as file:secrets/NAME or env:NAME"}, "history", "rules", r.at, "secret")
			f.Warn = true
			out = append(out, f)
		}
	}
	return out
}

// ParseKeep reads a time like 12h, and whole days like 180d.
func ParseKeep(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(text)
}

func (c *conf) keepOf(name string) time.Duration { return c.keep[name] }
