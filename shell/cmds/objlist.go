package cmds

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/pattern"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/tidwall/gjson"
)

// push adds values to lists; a value that is no list yet becomes one.
func push(c *shell.Call, raw string) editor {
	again := c.Has("dup")
	return func(meta *object) (*object, error) {
		patch := &object{}
		for _, m := range objectOf(raw).list {
			more := []string{m.raw}
			if strings.HasPrefix(m.raw, "[") {
				more = itemsOf(m.raw)
			}
			list := asList(meta, m.key)
			if again {
				list = append(list, more...)
			} else {
				list = united(list, more)
			}
			patch.put(m.key, listOf(list))
		}
		return patch, nil
	}
}

// united is a list with the items of another that it lacks.
func united(list, more []string) []string {
	has := make(map[string]bool, len(list)+len(more))
	for _, item := range list {
		has[item] = true
	}
	for _, item := range more {
		if !has[item] {
			has[item] = true
			list = append(list, item)
		}
	}
	return list
}

// asList is a member's items; a single value is a list of one.
func asList(meta *object, key string) []string {
	v, ok := meta.get(key)
	switch {
	case !ok || v == "null":
		return nil
	case strings.HasPrefix(v, "["):
		return itemsOf(v)
	}
	return []string{v}
}

// pop takes items out of lists; a list that is empty then goes.
func pop(c *shell.Call, raw string) editor {
	return func(meta *object) (*object, error) {
		patch := &object{}
		for _, m := range objectOf(raw).list {
			if _, ok := meta.get(m.key); !ok {
				continue
			}
			rule := popAll
			if m.raw != "null" {
				var err error
				if rule, err = popRule(c.Context(), plain(m.raw)); err != nil {
					return nil, err
				}
			}
			if list := rule(asList(meta, m.key)); len(list) > 0 {
				patch.put(m.key, listOf(list))
			} else {
				patch.put(m.key, "null")
			}
		}
		return patch, c.Context().Err()
	}
}

// keeper gives what is left of a list.
type keeper func(items []string) []string

func popAll([]string) []string { return nil }

// popRule reads what -pop takes out: i:3 the item at a place (i:-1 the last),
// n:2 so many from the end (n:-2 from the start), v:x the value, l:a,b any of them,
// e:RE what matches; a leading "!" on v, l and e turns round; "" empty ones.
func popRule(ctx context.Context, rule string) (keeper, error) {
	text, not := strings.CutPrefix(rule, "!")
	kind, arg, ok := strings.Cut(text, ":")
	bad := domain.E("e.cmd.arg", domain.Textf(`-pop 的值是 i:N、n:N、v:文本、l:A,B、e:正则 或 ""，而不是 %v`, `-pop takes i:N, n:N, v:TEXT, l:A,B, e:RE or "", not %v`, quoted(rule)))
	switch {
	case rule == "":
		return without(func(s string) bool { return s == "" }), nil
	case !ok:
		return nil, bad
	}
	switch kind {
	case "i", "n":
		n, err := strconv.Atoi(arg)
		if err != nil || not {
			return nil, bad
		}
		return popPlaces(kind, n), nil
	case "v":
		return without(func(s string) bool { return (s == arg) != not }), nil
	case "l":
		list := map[string]bool{}
		for s := range strings.SplitSeq(arg, ",") {
			list[s] = true
		}
		return without(func(s string) bool { return list[s] != not }), nil
	case "e":
		re, err := pattern.CompileSent(arg)
		if err != nil {
			return nil, err
		}
		return without(func(s string) bool {
			found, err := re.MatchString(ctx, s)
			return err == nil && found != not
		}), nil
	}
	return nil, bad
}

func without(drop func(text string) bool) keeper {
	return func(items []string) []string {
		return slices.DeleteFunc(items, func(raw string) bool { return drop(plain(raw)) })
	}
}

func popPlaces(kind string, n int) keeper {
	return func(items []string) []string {
		size := len(items)
		switch {
		case kind == "n" && n >= 0:
			return items[:max(0, size-n)]
		case kind == "n":
			return items[min(size, -n):]
		case n < 0:
			n += size
		}
		if n < 0 || n >= size {
			return items
		}
		return slices.Delete(items, n, n+1)
	}
}

// checkPop checks the literal rules of an object at load; a nil rule allows any
// value.
func checkPop(rule func(context.Context, string) (keeper, error)) func(*relaxed.Node) error {
	return func(n *relaxed.Node) error {
		switch {
		case n.Kind == relaxed.Hole:
			return nil
		case n.Kind != relaxed.Object:
			return domain.E("e.cmd.arg", domain.Text{ZH: "值是 JSON 对象：{键:值}", EN: "takes a JSON object: {key:value}"})
		case rule == nil:
			return nil
		}
		for _, f := range n.Fields {
			if f.Value.HasHoles() || f.Value.Kind == relaxed.Null {
				continue
			}
			if _, err := rule(context.Background(), plain(gjson.Parse(string(f.Value.AppendJSON(nil))).Raw)); err != nil {
				return err
			}
		}
		return nil
	}
}
