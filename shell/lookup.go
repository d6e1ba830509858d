package shell

import (
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/shell/syntax"
)

// key is a placeholder's key, made ready for the walk.
type key struct {
	name  string
	first string
	rest  []step
}

// step is one step into a JSON value: a member's name or an item's place.
type step struct {
	name  string
	index int // -1 for a name
}

func makeKey(k syntax.Key) key {
	out := key{name: k.Name, first: k.Name}
	for i, s := range k.Steps {
		st := step{name: s.Name, index: s.Index}
		if st.name == "" && st.index >= 0 {
			st.name = strconv.Itoa(st.index)
		}
		if i == 0 {
			out.first = st.name
		} else {
			out.rest = append(out.rest, st)
		}
	}
	return out
}

// find asks for the whole key first and then walks from its first step.
func (k *key) find(v Vars) (Value, bool) {
	if val, ok := v.Lookup(k.name); ok || len(k.rest) == 0 {
		return val, ok
	}
	val, ok := v.Lookup(k.first)
	if !ok || !val.JSON {
		return Value{}, false
	}
	return val.walk(k.rest)
}

// in is the member or item of r that the step names; a member's name may be
// digits too.
func (s step) in(r gjson.Result) (gjson.Result, bool) {
	var found gjson.Result
	n := 0
	switch {
	case r.IsObject():
		r.ForEach(func(k, v gjson.Result) bool {
			if k.Str == s.name {
				found = v
			}
			return !found.Exists()
		})
	case r.IsArray() && s.index >= 0:
		r.ForEach(func(_, v gjson.Result) bool {
			if n == s.index {
				found = v
			}
			n++
			return !found.Exists()
		})
	}
	return found, found.Exists()
}

// ServerName reports whether a placeholder's name is one that the server alone gives:
// what a request says of itself, who has signed in, what they may.
func ServerName(name string) bool {
	return strings.HasPrefix(name, "http-") || strings.HasPrefix(name, "pvg-")
}

// JSONVars is Vars from the members of a strict JSON object. Anything else has
// no members.
func JSONVars(raw []byte) Vars { return &jsonVars{raw: string(raw)} }

// jsonVars looks along the object, and when it is asked again and again makes a table of
// its members: a template may ask as often as it is long.
type jsonVars struct {
	raw   string
	asked int
	at    map[string]string // nil: not made yet
}

const askedOften = 8

// Lookup implements Vars.
func (j *jsonVars) Lookup(name string) (Value, bool) {
	if j.asked++; j.asked > askedOften && j.at == nil {
		j.at = firstMembers(j.raw)
	}
	if j.at != nil {
		raw, ok := j.at[name]
		return Value{Text: raw, JSON: true}, ok
	}
	v, ok := step{name: name, index: -1}.in(gjson.Parse(j.raw))
	return Value{Text: v.Raw, JSON: true}, ok
}

// firstMembers are an object's members; of those of one name the first.
func firstMembers(raw string) map[string]string {
	at := map[string]string{}
	if r := gjson.Parse(raw); r.IsObject() {
		r.ForEach(func(k, v gjson.Result) bool {
			if _, is := at[k.Str]; !is {
				at[k.Str] = v.Raw
			}
			return true
		})
	}
	return at
}

// DataVars are JSONVars of an object that may be what a caller sent: a member of a name
// that the server gives (ServerName) is none.
func DataVars(raw []byte) Vars { return &dataVars{jsonVars{raw: string(raw)}} }

type dataVars struct{ jsonVars }

// Lookup implements Vars.
func (d *dataVars) Lookup(name string) (Value, bool) {
	if ServerName(name) {
		return Value{}, false
	}
	return d.jsonVars.Lookup(name)
}
