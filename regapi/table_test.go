package regapi

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// naive answers what table.find does by the rules alone: of all places that fit
// a path the best one, compared segment by segment; only then the method counts.
// segs is the path's segments, all of them with the empty one behind a slash at
// the end.
func naive(eps []*endpoint, v verb, first string, segs, all []string) (best *endpoint, wild []string) {
	place, ownFile := "", false
	for _, ep := range eps {
		rank, got, own, ok := fits(ep, first, segs, all)
		if !ok || place != "" && rank > place {
			continue
		}
		if rank != place {
			place, best, ownFile = rank, nil, false
		}
		takes := own == v || own == noVerb && ep.takes(v)
		if takes && (best == nil || own == v && !ownFile) {
			best, wild, ownFile = ep, got, own == v
		}
	}
	return best, wild
}

// fits compares an endpoint with the segments of a path. The rank sorts those
// that fit: a letter a segment, a literal before a wildcard directory before a
// wildcard file. own is the method of a method's own file.
func fits(ep *endpoint, first string, segs, all []string) (rank string, wild []string, own verb, ok bool) {
	parts := strings.Split(ep.api, "/")
	if parts[0] != first {
		return "", nil, noVerb, false
	}
	parts = parts[1:]
	last := parts[len(parts)-1]
	own = methodFile(last)
	rest := last == anyName
	if own != noVerb || last == actionName || rest {
		parts = parts[:len(parts)-1]
	}
	rank = "a"
	for i, p := range parts {
		switch {
		case i >= len(segs):
			return "", nil, own, false
		case p == anyName && segs[i] != "":
			rank, wild = rank+"b", append(wild, segs[i])
		case p == segs[i]:
			rank += "a"
		default:
			return "", nil, own, false
		}
	}
	if rest {
		return rank + "c", append(wild, all[len(parts):]...), own, len(segs) > len(parts)
	}
	return rank, wild, own, len(parts) == len(segs)
}

// layout makes endpoints of a text: a path a line, "POST " before one limits it.
// Files that cannot lie beside each other are left out.
func layout(text string) (out []*endpoint) {
	seen := map[string]bool{}
	for line := range strings.SplitSeq(text, "\n") {
		ep := &endpoint{}
		if method, rest, ok := strings.Cut(line, " "); ok && verbOf(method) != noVerb {
			line, ep.limited = rest, true
			ep.settings.methods[verbOf(method)] = true
		}
		parts := strings.Split(line, "/")
		named := func(s string) bool { return isEndpointName(s) && len(s) < 100 }
		if len(parts) < 2 || len(parts) > maxDepth || seen[line] || slices.ContainsFunc(parts, func(s string) bool { return !named(s) }) || parts[0] == anyName {
			continue
		}
		if slices.ContainsFunc(parts[:len(parts)-1], func(s string) bool { return s == actionName || methodFile(s) != noVerb }) || strings.Count(line, anyName) > maxWild {
			continue
		}
		seen[line] = true
		ep.api = line
		out = append(out, ep)
	}
	slices.SortFunc(out, func(a, b *endpoint) int { return strings.Compare(a.api, b.api) })
	return out
}

// FuzzRoutesAnswerAsTheRulesSay compares the route table with the rules spelled
// out: the same endpoint for every path and method, with the same wildcards.
func FuzzRoutesAnswerAsTheRulesSay(f *testing.F) {
	for _, seed := range []struct{ files, path string }{
		{"api/a\napi/a/_action\napi/a/_get\napi/a/_ANY\napi/_ANY/b\napi/_ANY", "a/b"},
		{"api/_ANY/x/y\napi/a/_ANY\napi/a/x/_post", "a/x/y"},
		{"api/_ANY/x\napi/a/y", "a/x"},
		{"POST api/a\napi/_ANY", "a"},
		{"POST api/a/_action\nGET api/a\napi/a/_put", "a/"},
		{"api/_ANY/_ANY/_ANY", "a//b"},
		{"api/_ANY/_action\napi/_action", "%2F"},
		{"api/%2F\napi/a b", "%252F"},
		{"api/_ANY\napi/x/_ANY\napi/x", "x/"},
		{"api/_ANY\napi/_action", "/"},
		{"api/a/b/c\napi/a/_ANY/d\napi/_ANY/b/_ANY", "a/b/d/"},
	} {
		f.Add(seed.files, seed.path)
	}
	f.Fuzz(func(t *testing.T, files, path string) {
		eps := layout(files)
		table := newTable(eps, nil)
		for _, escaped := range []bool{false, true} {
			if _, err := url.PathUnescape(path); err != nil && escaped {
				continue // net/http refuses it
			}
			compare(t, table, eps, path, escaped)
		}
	})
}

func compare(t *testing.T, table *table, eps []*endpoint, path string, escaped bool) {
	t.Helper()
	all := strings.Split(path, "/")
	if escaped {
		for i := range all {
			all[i], _ = url.PathUnescape(all[i])
		}
	}
	segs := all
	if path == "" || strings.HasSuffix(path, "/") && path != "/" {
		segs = all[:len(all)-1]
	} else if path == "/" {
		segs = all[:1]
	}
	for v := range verbs {
		want, wild := naive(eps, v, "api", segs, all)
		m := match{escaped: escaped}
		var got *endpoint
		if l := table.find(&m, "api", path); l != nil {
			got = l.by[v]
		}
		if got != want {
			t.Errorf("%s %q: %v, want %v", verbNames[v], path, nameOf(got), nameOf(want))
		} else if got != nil && !slices.Equal(m.wild(), wild) {
			t.Errorf("%s %q: the wildcards %q, want %q", verbNames[v], path, m.wild(), wild)
		}
	}
}

func nameOf(ep *endpoint) string {
	if ep == nil {
		return "nothing"
	}
	return ep.api
}
