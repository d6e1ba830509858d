package domain

import (
	"regexp"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain/grant"
	"github.com/caryahq/carya/domain/relaxed"
)

// Config is what ~/.domain/domain.json says, in relaxed JSON:
//
//	{
//	  hosts:    ["www.example.com"],   // a wish: the operator grants host names
//	  owner:    "xiaobai",             // a wish: whose the domain is, the operator says
//	  limits:   { rate: "300/10s" },   // requests of one address to all of the domain, or "none"; read by regapi
//	  senders:  { sms: {}, mail: {} }, // how messages are sent, read by www
//	  weixin:   { mp: {}, gh: {}, open: {} }, // applications of WeChat's, read by www
//	  http:     { hosts: ["api.example.com", "*.example.org"] }, // where scripts may call
//	  history:  { keep: {audit:"180d"}, rules: [] },  // how long, and who gets copies, read by thingset/history
//	  defaults: { lang: "zh-CN" }
//	}
//
// What is called a wish counts only as far as the operator granted it (Domain.Grants).
// Everything may be absent. A Config never changes.
type Config struct {
	Hosts    []string // as grant.Host writes them; a wish
	Owner    string   // a wish
	Lang     Lang     // ZH when it says nothing
	Limits   []byte   // strict JSON object, nil when absent
	Senders  []byte   // strict JSON object, nil when absent
	Weixin   []byte   // strict JSON object, nil when absent
	HTTP     []byte   // strict JSON object, nil when absent
	History  []byte   // strict JSON object, nil when absent
	Defaults []byte   // strict JSON object, nil when absent
}

const configPath Path = dotDomain + "/domain.json"

// configReader takes a parsed domain.json apart and notes what is wrong.
type configReader struct {
	src    string
	conf   Config
	faults []Fault
}

// parseConfig reads a domain.json. The Config counts only when no fault is
// more than a warning. An empty file is an empty object.
func parseConfig(src string) (*Config, []Fault) {
	r := &configReader{src: src, conf: Config{Lang: ZH}}
	if strings.TrimSpace(src) == "" {
		return &r.conf, nil
	}
	n, err := relaxed.Parse(src)
	switch {
	case err != nil:
		return nil, []Fault{relaxedFault(configPath.String(), src, err)}
	case n.Kind != relaxed.Object:
		r.fault(n, Text{ZH: "domain.json 必须是对象", EN: "domain.json must be an object"})
	}
	for _, f := range n.Fields {
		r.field(f)
	}
	return &r.conf, r.faults
}

func (r *configReader) field(f relaxed.Field) {
	switch f.Key {
	case "hosts":
		r.conf.Hosts = r.hosts(f.Value)
	case "owner":
		r.conf.Owner = r.text(f)
	case "limits":
		r.conf.Limits = r.limits(f)
	case "senders":
		r.conf.Senders = r.object(f)
	case "weixin":
		r.conf.Weixin = r.object(f)
	case "http":
		r.conf.HTTP = r.object(f)
	case "history":
		r.conf.History = r.object(f)
	case "defaults":
		r.conf.Defaults = r.object(f)
		for _, g := range f.Value.Fields {
			r.lang(g)
		}
	default:
		r.fault(f.Value, Textf("未知的键 %q", "unknown key %q", f.Key))
		r.faults[len(r.faults)-1].Warn = true
	}
}

func (r *configReader) fault(n *relaxed.Node, msg Text) {
	r.faults = append(r.faults, faultAt(configPath.String(), r.src, n.Offset, msg))
}

// hosts reads what is a wish and no more: what is no host is warned of.
func (r *configReader) hosts(n *relaxed.Node) []string {
	if n.Kind != relaxed.Array {
		r.fault(n, Text{ZH: "hosts 必须是主机名的列表", EN: "hosts must be a list of host names"})
		return nil
	}
	var out []string
	for _, item := range n.Items {
		if item.Kind != relaxed.String {
			r.fault(item, Text{ZH: "不是主机名", EN: "not a host name"})
			continue
		}
		host, err := grant.Host(item.String())
		if err != nil {
			r.fault(item, TextOf(err))
			r.faults[len(r.faults)-1].Warn = true
		} else if !slices.Contains(out, host) {
			out = append(out, host)
		}
	}
	return out
}

func (r *configReader) text(f relaxed.Field) string {
	if f.Value.Kind != relaxed.String {
		r.fault(f.Value, Textf("%v 必须是文本", "%v must be a text", f.Key))
		return ""
	}
	return f.Value.String()
}

func (r *configReader) object(f relaxed.Field) []byte {
	if f.Value.Kind != relaxed.Object {
		r.fault(f.Value, Textf("%v 必须是对象", "%v must be an object", f.Key))
		return nil
	}
	return f.Value.AppendJSON(nil)
}

// rateText is a rate as http-rate takes it.
var rateText = regexp.MustCompile(`^(?:none|[1-9][0-9]{0,8}/(?:[1-9][0-9]{0,5})?(?:ms|s|m|h|d))$`)

func (r *configReader) limits(f relaxed.Field) []byte {
	for _, g := range f.Value.Fields {
		switch {
		case g.Key != "rate":
			r.fault(g.Value, Textf("limits 没有 %q", "limits have no %q", g.Key))
			r.faults[len(r.faults)-1].Warn = true
		case g.Value.Kind != relaxed.String || !rateText.MatchString(g.Value.String()):
			r.fault(g.Value, Text{ZH: "limits.rate 形如 300/10s，或为 none", EN: "limits.rate is none or a rate: 300/10s"})
		}
	}
	return r.object(f)
}

func (r *configReader) lang(f relaxed.Field) {
	if f.Key != "lang" {
		return
	}
	switch l := Lang(r.text(f)); l {
	case ZH, EN:
		r.conf.Lang = l
	default:
		r.fault(f.Value, Text{ZH: "lang 只能是 zh-CN 或 en", EN: "lang must be zh-CN or en"})
	}
}

// broken reports whether a fault is more than a warning.
func broken(faults []Fault) bool {
	return slices.ContainsFunc(faults, func(f Fault) bool { return !f.Warn })
}
