package regapi

import "strings"

// isEndpointName reports whether a file of that name may be an endpoint. Dot
// files and what editors leave while they write are none: vim's backup (x~),
// swap (.x.swp) and probe (4913) files, emacs's #x#, and temporary files.
func isEndpointName(name string) bool {
	switch {
	case name == "" || name[0] == '.' || name[0] == '#',
		strings.HasSuffix(name, "~"), strings.HasPrefix(name, "~"):
		return false
	case name == "4913" || name == "5036":
		return false
	}
	for _, end := range []string{".swp", ".swo", ".swx", ".tmp", ".part", ".bak", ".orig", ".rej"} {
		if strings.HasSuffix(name, end) {
			return false
		}
	}
	return true
}

// isFirst reports whether a folder of ~/.regapi holds endpoints: `test` holds
// the domain's endpoint tests, `cron` its jobs, `www` is the address of its pages.
func isFirst(name string) bool { return name != "test" && name != "cron" && name != "www" }

// The names with a meaning in routes.
const (
	anyName    = "_ANY"    // a directory: one segment; a file: the rest
	actionName = "_action" // answers for its directory
)

// verb is a place among the methods that an endpoint can take.
type verb int8

// The methods. HEAD and OPTIONS are the engine's.
const (
	vGet verb = iota
	vPost
	vPut
	vDelete
	vPatch
	verbs
	noVerb verb = -1
)

var verbNames = [verbs]string{"GET", "POST", "PUT", "DELETE", "PATCH"}

// verbOf is the verb of a method; HEAD runs as GET.
func verbOf(method string) verb {
	switch method {
	case "GET", "HEAD":
		return vGet
	case "POST":
		return vPost
	case "PUT":
		return vPut
	case "DELETE":
		return vDelete
	case "PATCH":
		return vPatch
	}
	return noVerb
}

// methodFile is the verb of a method file (_get, _post, …).
func methodFile(name string) verb {
	if rest, ok := strings.CutPrefix(name, "_"); ok && rest == strings.ToLower(rest) {
		if rest != "head" {
			return verbOf(strings.ToUpper(rest))
		}
	}
	return noVerb
}
