package cmds

import (
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/tidwall/gjson"
)

// typed gives parameters the types that the options ask for. One that is absent
// stays absent; one that is empty becomes null, which is no value.
func typed(c *shell.Call, o *object, ps []domain.Param) error {
	for _, way := range []struct {
		option  string
		what    domain.Text
		convert func(string) (string, bool)
	}{
		{"vint", both("a whole number", "整数"), asInt},
		{"vfloat", both("a number", "数字"), asFloat},
		{"vbool", both("true or false", "true 或 false"), asBool},
	} {
		for _, name := range names(c.Opt(way.option).Text()) {
			raw, ok := o.get(name)
			if !ok {
				continue
			}
			v, ok := way.convert(strings.TrimSpace(plain(raw)))
			if !ok {
				return domain.E("e.cmd.arg", domain.Textf("%v 必须是%v", "%v must be %v", name, way.what))
			}
			o.put(name, v)
		}
	}
	return arrays(c, o, ps)
}

func asInt(s string) (string, bool) {
	if s == "" {
		return "null", true
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return strconv.FormatInt(n, 10), err == nil
}

func asFloat(s string) (string, bool) {
	if s == "" {
		return "null", true
	}
	if relaxed.Valid([]byte(s)) && gjson.Parse(s).Type == gjson.Number {
		return s, true
	}
	f, err := strconv.ParseFloat(s, 64)
	out := strconv.FormatFloat(f, 'g', -1, 64)
	return out, err == nil && relaxed.Valid([]byte(out))
}

func asBool(s string) (string, bool) {
	switch strings.ToLower(s) {
	case "":
		return "null", true
	case "true", "yes", "on", "1":
		return "true", true
	case "false", "no", "off", "0":
		return "false", true
	}
	return "", false
}

// arrays makes lists of parameters: split at a text, or one item for each time that
// the parameter was sent.
func arrays(c *shell.Call, o *object, ps []domain.Param) error {
	if !c.Has("varray") {
		return nil
	}
	raw, err := jsonArg(c, "varray")
	if err != nil {
		return err
	}
	gather(o, ps, itemsOf(raw))
	eachMember(raw, func(name, sep string) {
		v, ok := o.get(name)
		if !ok {
			return
		}
		var items []string
		for item := range strings.SplitSeq(plain(v), plain(sep)) {
			if item = strings.TrimSpace(item); item != "" {
				items = append(items, quoted(item))
			}
		}
		o.put(name, listOf(items))
	})
	return nil
}

// gather makes lists of the parameters of some names, in one walk along all of them.
func gather(o *object, ps []domain.Param, names []string) {
	wanted := make(map[string][]string, len(names))
	for _, name := range names {
		wanted[plain(name)] = nil
	}
	for _, p := range ps {
		switch items, ok := wanted[p.Name]; {
		case !ok:
		case strings.HasPrefix(string(p.JSON), "["):
			wanted[p.Name] = append(items, itemsOf(string(p.JSON))...)
		default:
			wanted[p.Name] = append(items, quoted(p.Value))
		}
	}
	for _, name := range names {
		if items := wanted[plain(name)]; items != nil {
			o.put(plain(name), listOf(items))
		}
	}
}
