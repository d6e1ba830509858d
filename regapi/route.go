package regapi

import "strings"

// route is the address of an endpoint, wildcards as {name} or {name...}.
func (ep *endpoint) route(dom string) string {
	parts, wild := strings.Split(ep.api, "/"), 0
	name := func(tail string) string {
		n := "any"
		if wild < len(ep.params) && ep.params[wild] != "" {
			n = ep.params[wild]
		}
		wild++
		return "{" + n + tail + "}"
	}
	last := len(parts) - 1
	for i, p := range parts {
		switch {
		case p == anyName && i == last:
			parts[i] = name("...")
		case p == anyName:
			parts[i] = name("")
		}
	}
	if parts[last] == actionName || methodFile(parts[last]) != noVerb {
		parts = parts[:last]
	}
	parts = append([]string{"", parts[0], dom}, parts[1:]...)
	return strings.Join(parts, "/")
}

// methodList is the methods that an endpoint answers, as in an Allow header.
func (ep *endpoint) methodList() string {
	l := &leaf{}
	if v := methodFile(ep.api[strings.LastIndexByte(ep.api, '/')+1:]); v != noVerb {
		l.by[v] = ep
	} else {
		ep.answer(l)
	}
	return l.methods()
}
