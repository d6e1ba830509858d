package thingset

import (
	"strconv"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/pattern"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/tidwall/gjson"
)

func (r *schemaReader) field(n *relaxed.Node) {
	if !r.is(n, relaxed.Object, "a field") {
		return
	}
	rule, before := rule{minLen: -1, maxLen: -1}, len(r.faults)
	for _, f := range n.Fields {
		switch f.Key {
		case "key":
			rule.key = r.path(f.Value, "key")
		case "guard":
			rule.guard = r.guardName(f.Value)
		case "validate":
			if r.is(f.Value, relaxed.Object, "validate") {
				for _, v := range f.Value.Fields {
					r.validation(&rule, v.Key, v.Value)
				}
			}
		}
	}
	if rule.key == "" {
		if len(r.faults) == before {
			r.bad(n, "字段缺少 key", "a field needs a key")
		}
		return
	}
	r.s.rules = append(r.s.rules, rule)
}

// guardName reads the permission that a field takes, or "owner".
func (r *schemaReader) guardName(n *relaxed.Node) string {
	if !r.is(n, relaxed.String, "guard") {
		return ""
	}
	if name := n.String(); name != "" && !strings.ContainsAny(name, " ,|*") {
		return name
	}
	r.bad(n, "guard 是一个权限，或 \"owner\"", "guard is a permission, or \"owner\"")
	return ""
}

func (r *schemaReader) validation(to *rule, key string, n *relaxed.Node) {
	switch key {
	case "trim":
		to.trim = r.truth(n, key)
	case "notNull":
		to.notNull = r.truth(n, key)
	case "minLength":
		to.minLen = r.whole(n, key, 0, 1<<30)
	case "maxLength":
		to.maxLen = r.whole(n, key, 0, 1<<30)
	case "intRange":
		to.ints, to.intsText = r.interval(n, key, false)
	case "dateRange":
		to.dates, to.datesText = r.interval(n, key, true)
	case "regex":
		to.regex = r.regex(n)
	case "enum":
		r.each(n, key, func(item *relaxed.Node) { to.enum = append(to.enum, r.scalar(item)) })
		if len(n.Items) == 0 && n.Kind == relaxed.Array {
			r.bad(n, "enum 至少要列出一个值", "enum must list something")
		}
	default:
		r.bad(n, "没有校验 %q：可用 trim、notNull、minLength、maxLength、intRange、dateRange、regex 与 enum", "there is no check %q: there are trim, notNull, minLength, maxLength, intRange, dateRange, regex and enum", key)
	}
}

func (r *schemaReader) interval(n *relaxed.Node, what string, dates bool) (*interval, string) {
	if !r.is(n, relaxed.String, what) {
		return nil, ""
	}
	bounds, ok := splitRange(pieces(n))
	if !ok {
		r.bad(n, "%s 必须是区间：[1,100)", "%s must be a range: [1,100)", what)
		return nil, ""
	}
	t, err := compileRange(n, bounds)
	if err != nil {
		r.say(n.Offset, domain.TextOf(err))
		return nil, ""
	}
	in := t.(interval)
	if in.dates && !dates {
		r.bad(n, "%s 需要数字", "%s needs numbers", what)
	}
	in.dates = dates
	return &in, n.String()
}

func (r *schemaReader) regex(n *relaxed.Node) *pattern.Regexp {
	if !r.is(n, relaxed.String, "regex") {
		return nil
	}
	re, err := pattern.Compile(n.String())
	if err != nil {
		r.say(n.Offset, pattern.Why(err))
	}
	return re
}

// scalar is the text of a scalar.
func (r *schemaReader) scalar(n *relaxed.Node) string {
	switch n.Kind {
	case relaxed.String:
		return n.String()
	case relaxed.Number, relaxed.Bool:
		return scalarText(gjson.Parse(n.Raw))
	}
	r.bad(n, "应是文本或数字", "text or a number is needed")
	return ""
}

func (r *schemaReader) whole(n *relaxed.Node, what string, low, high int) int {
	i, err := strconv.Atoi(n.Raw)
	if n.Kind != relaxed.Number || err != nil || i < low || i > high {
		r.bad(n, "%s 必须是 %d 到 %d 的整数", "%s must be a whole number from %d to %d", what, low, high)
		return low
	}
	return i
}

// lifetime is a length of time in ms: a number of ms or a text with its unit.
func (r *schemaReader) lifetime(n *relaxed.Node) int64 {
	switch n.Kind {
	case relaxed.Number:
		if ms, err := strconv.ParseInt(n.Raw, 10, 64); err == nil && ms >= 0 {
			return ms
		}
	case relaxed.String:
		if ms, ok := parseLifetime(n.String()); ok {
			return ms
		}
	}
	r.bad(n, "expi 必须是时长：毫秒数，或文本如 90s、10m、2h、30d", "expi must be a length of time: ms, or a text like 90s, 10m, 2h, 30d")
	return 0
}

func parseLifetime(s string) (ms int64, ok bool) {
	if days, isDays := strings.CutSuffix(s, "d"); isDays {
		n, err := strconv.ParseUint(days, 10, 32)
		return int64(n) * 24 * time.Hour.Milliseconds(), err == nil && n <= 1_000_000
	}
	d, err := time.ParseDuration(s)
	return d.Milliseconds(), err == nil && d > 0
}

func (r *schemaReader) link(n *relaxed.Node) {
	if !r.is(n, relaxed.Object, "a link") {
		return
	}
	var l Link
	hasSet, before := false, len(r.faults)
	for _, f := range n.Fields {
		switch f.Key {
		case "set":
			p, err := domain.ParsePath(r.scalar(f.Value))
			if err != nil {
				r.bad(f.Value, "%q 不是路径", "%q is no path", f.Value.String())
			}
			l.Set, hasSet = p, true
		case "by":
			l.By = r.pairs(f.Value, f.Key)
		case "copy":
			l.Copy = r.pairs(f.Value, f.Key)
			for _, p := range l.Copy {
				if strings.Contains(p[0], ".") {
					r.bad(f.Value, "%q 必须是数据自身的成员", "%q must be a member of the thing itself", p[0])
				}
			}
		default:
			r.bad(f.Value, "关联没有 %q：可用 set、by 与 copy", "a link has no %q: there are set, by and copy", f.Key)
		}
	}
	if len(r.faults) == before && (!hasSet || len(l.By) == 0 || len(l.Copy) == 0) {
		r.bad(n, "关联需要 set、by 与 copy", "a link needs set, by and copy")
		return
	}
	r.s.links = append(r.s.links, l)
}

// pairs reads {name:"name"}.
func (r *schemaReader) pairs(n *relaxed.Node, what string) (out [][2]string) {
	if !r.is(n, relaxed.Object, what) {
		return nil
	}
	for _, f := range n.Fields {
		if !validPath(f.Key) {
			r.bad(f.Value, "%q 不是键的路径", "%q is no key path", f.Key)
		}
		out = append(out, [2]string{f.Key, r.path(f.Value, what)})
	}
	return out
}
