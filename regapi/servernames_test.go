package regapi

import (
	"net/http"
	"strings"
	"testing"
)

// What the server gives is never what a caller sent: not when it has no value, not as a
// path, not as a member that is spelled like one.
func TestNoBodyStandsForWhatTheServerGives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := []string{
		"gone", "gone.key", "gone[0]", "conf.none", "conf.none.deep", "text.x",
		"id.x", "args[0]", "args.x", "params", "params.x", "params.none", "pvg", "pvg.edit", "pvg-edit", "pvg-none",
		"http-usr", "http-grp", "http-none", "http-www-me", "http-www-me-nm", "http-www-me.nm", "http-www-me-role",
		"http-www-se-id", "http-www-se-ticket", "http-www-ticket", "http-qs-none", "http-header-X-NONE", "http-cookie-NONE",
	}
	var words, members []string
	for _, n := range names {
		words = append(words, "${"+n+"?-}")
		members = append(members, `"`+n+`":"evil"`)
	}
	for _, n := range []string{"gone", "conf", "text", "id", "args", "params", "pvg"} {
		members = append(members, `"`+n+`":{"key":"evil","none":{"deep":"evil"},"x":"evil","edit":"evil","0":"evil"}`)
	}
	w.file("conf/a.json", "{title: 'T'}")
	w.file("conf/a.txt", "plain")
	const head = `{'http-post-json-merge':true, preload:{gone:'~/conf/gone.json', conf:'~/conf/a.json', text:'~/conf/a.txt'}}`
	w.api("ask", meta(head, "echo '"+strings.Join(words, "|")+"' '${mine?-}'"),
		"whole", meta(strings.Replace(head, "true", "'gone'", 1), "echo '${gone?-}|${gone.key?-}'"),
		"needs", meta(head, "echo ${gone.key}"))
	post := func(name string) (int, string) {
		res := w.do(request{method: "POST", url: "/api/demo/" + name, body: "{" + strings.Join(members, ",") + `,"mine":"good"}`, header: []string{"Content-Type: application/json"}})
		return res.StatusCode, bodyOf(res)
	}
	status, body := post("ask")
	if status != http.StatusOK || strings.Contains(body, "evil") || !strings.Contains(body, "good") {
		for i, v := range strings.Split(body, "|") {
			if strings.Contains(v, "evil") && i < len(names) {
				t.Errorf("${%s} is the caller's %q", names[i], v)
			}
		}
		t.Errorf("%d %s", status, body)
	}
	if status, body := post("whole"); strings.Contains(body, "evil") {
		t.Errorf("the whole body: %d %s", status, body)
	}
	if status, body := post("needs"); status != http.StatusInternalServerError || strings.Contains(body, "evil") {
		t.Errorf("a preload that is not there: %d %s", status, body)
	}
}
