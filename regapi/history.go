package regapi

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

// The metadata `history` keeps a line for each success of an endpoint:
//
//	history:  {opt:"buy", order:"${params.id}"}  // the record's members; `{}` is enough
//	hismetas: ["http-usr", "http-header-USER-AGENT"] // placeholders, each a member of its name
//	histest:  {status:200, opt:"buy"}            // a match on the whole record
//	hisname:  "orders"                           // of which history; _history by default
//
// Besides, a record has api, method, status, from (the address), and of who has
// signed in uid and unm. A placeholder that holds a secret is a fault; in
// addresses and queries secrets are masked as they are in the log.

// Recorder keeps records of endpoints.
type Recorder interface {
	// Record adds a record, a JSON object, to a history of a domain. It must
	// not wait for anything slow.
	Record(ctx context.Context, d *domain.Domain, history string, record []byte) error

	// CompileTest makes a match of its text (see thingset.CompileMatch).
	CompileTest(match *relaxed.Node) (func(record []byte) bool, error)
}

// historyRule is what the metadata says, compiled.
type historyRule struct {
	on     bool
	fields []historyField
	metas  []historyField
	test   func(record []byte) bool // nil: all
	name   string                   // "": _history
}

// historyField is a member of a record: JSON as it stands, or a text with
// placeholders.
type historyField struct {
	key  string
	raw  []byte
	text *shell.Template
}

const defaultHistory = "_history"

func (c *compiler) history(s setting) domain.Text {
	if s.node.Kind != relaxed.Object {
		return domain.Text{ZH: "必须是对象", EN: "must be an object"}
	}
	r := &c.ep.settings.history
	r.on, r.fields = true, nil
	for _, f := range s.node.Fields {
		field := historyField{key: f.Key}
		if f.Value.Kind != relaxed.String {
			field.raw = f.Value.AppendJSON(nil)
		} else if msg := field.parse(f.Value.String()); !msg.Empty() {
			return domain.Textf("%s %s", "%s %s", f.Key, msg)
		}
		r.fields = append(r.fields, field)
	}
	return domain.Text{}
}

func (f *historyField) parse(text string) domain.Text {
	t, err := shell.ParseTemplate(text)
	if err != nil {
		return domain.TextOf(domain.AsError(err))
	}
	for _, key := range t.Keys() {
		if isSecretKey(key) {
			return domain.Textf("含有机密的 ${%s}", "holds ${%s}, which is a secret", key)
		}
	}
	f.text = t
	return domain.Text{}
}

// isSecretKey tells the placeholders whose values are secret.
func isSecretKey(key string) bool {
	name, http := strings.CutPrefix(key, "http-")
	switch {
	case !http:
		return isPlainlySecret(key)
	case strings.HasPrefix(name, "cookie-"), name == "www-ticket", name == "www-se-ticket":
		return true
	case strings.HasPrefix(name, "header-"):
		return strings.EqualFold(name, "header-cookie") || strings.EqualFold(name, "header-authorization") || isPlainlySecret(name[len("header-"):])
	case strings.HasPrefix(name, "qs-"):
		return isPlainlySecret(name[len("qs-"):])
	}
	return false
}

// isPlainlySecret is isSecret without the words that are often harmless, for it
// decides whether an endpoint loads.
func isPlainlySecret(name string) bool {
	name = strings.ToLower(name)
	for _, s := range []string{"pass", "pwd", "ticket", "vcode", "captcha", "token", "secret"} {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}

func (c *compiler) histest(s setting) domain.Text {
	if s.node.Kind != relaxed.Object && s.node.Kind != relaxed.Array {
		return domain.Text{ZH: "必须是匹配条件", EN: "must be a match"}
	}
	if c.recorder == nil {
		return domain.Text{}
	}
	test, err := c.recorder.CompileTest(s.node)
	if err != nil {
		return domain.TextOf(domain.AsError(err))
	}
	c.ep.settings.history.test = test
	return domain.Text{}
}

func (c *compiler) hismetas(s setting) domain.Text {
	list, msg := s.list()
	c.ep.settings.history.metas = nil
	for _, name := range list {
		field := historyField{key: name}
		if msg := field.parse("${" + name + "}"); !msg.Empty() {
			return msg
		}
		c.ep.settings.history.metas = append(c.ep.settings.history.metas, field)
	}
	return msg
}

func (c *compiler) hisname(s setting) domain.Text {
	text, ok := s.text()
	if !ok || text == "" || strings.ContainsFunc(text, notInName) || len(text) > 40 {
		return domain.Text{ZH: "必须是名字：字母、数字、- 与 _", EN: "must be a name: letters, digits, - and _"}
	}
	if text == "audit" {
		return domain.Text{ZH: "audit 是服务自己的历史", EN: "audit is the server's own history"}
	}
	c.ep.settings.history.name = text
	return domain.Text{}
}

func notInName(r rune) bool {
	return !(r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
}

// record keeps the request's record, when the endpoint wants one and it went
// well. The answer is on its way: a failure is logged.
func (c *call) record() {
	r := &c.ep.settings.history
	if !r.on || c.h.opt.Recorder == nil || c.out.status >= 400 {
		return
	}
	line := c.recordOf(r)
	if r.test != nil && !r.test(line) {
		return
	}
	name := r.name
	if name == "" {
		name = defaultHistory
	}
	if err := c.h.opt.Recorder.Record(c.r.Context(), c.d, name, line); err != nil {
		c.h.log.Error("history", "domain", c.d.Name(), "endpoint", c.ep.file, "request", c.id, "err", err)
	}
}

// recordOf is the record. What the endpoint says goes before what is always
// there.
func (c *call) recordOf(r *historyRule) []byte {
	b, has := []byte{'{'}, map[string]bool{}
	put := func(key string, raw []byte) {
		if has[key] {
			return
		}
		if len(has) > 0 {
			b = append(b, ',')
		}
		has[key] = true
		b = append(append(relaxed.AppendString(b, key), ':'), raw...)
	}
	vars := recordVars{c}
	for _, list := range [][]historyField{r.fields, r.metas} {
		for _, f := range list {
			raw := f.raw
			if f.text != nil {
				raw = relaxed.AppendString(nil, string(f.text.Append(nil, vars)))
			}
			put(f.key, raw)
		}
	}
	text := func(key, value string) { put(key, relaxed.AppendString(nil, value)) }
	c.mu.Lock()
	who := c.signIn().person
	c.mu.Unlock()
	if who != nil {
		text("uid", who.UID)
		text("unm", who.Name)
	}
	text("api", c.ep.api)
	text("method", c.r.Method)
	put("status", strconv.AppendInt(nil, int64(c.out.status), 10))
	text("from", c.req.Remote)
	return append(b, '}')
}

// recordVars are the request's placeholders with secrets masked.
type recordVars struct{ c *call }

// Lookup implements shell.Vars.
func (v recordVars) Lookup(key string) (shell.Value, bool) {
	value, ok := v.c.Lookup(key)
	switch {
	case !ok:
	case key == "http-qs":
		value.Text = redact(value.Text)
	case key == "http-url", strings.EqualFold(key, "http-header-referer"):
		value.Text = redactURL(value.Text)
	case value.JSON && gjson.Parse(value.Text).IsObject():
		value.Text = maskMembers(value.Text)
	}
	return value, ok
}

// maskMembers masks the secret members of an object.
func maskMembers(doc string) string {
	b := []byte{'{'}
	gjson.Parse(doc).ForEach(func(k, v gjson.Result) bool {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(relaxed.AppendString(b, k.String()), ':')
		if isSecret(k.String()) {
			b = append(b, `"***"`...)
		} else {
			b = append(b, v.Raw...)
		}
		return true
	})
	return string(append(b, '}'))
}

// redactURL masks what the query of an address holds that no log may, and who
// signs in by it.
func redactURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "***"
	}
	u.RawQuery, u.User, u.Fragment = redact(u.RawQuery), nil, ""
	return u.String()
}
