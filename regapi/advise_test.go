package regapi

import (
	"fmt"
	"strings"
	"testing"
)

func TestCheckAdvises(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ file, text, want string }{
		{"a", "echo ${http-qs-x} ${id} ${args} ${http-www-me-nm} ${http-header-X} ${http-cookie-C}", ""},
		{"a", "echo ${http-metod}", "1:6: warning: no request has ${http-metod}; did you mean ${http-method}?"},
		{"a", "echo x | cat\necho ${nm}", "2:6: warning: no request has ${nm}; did you mean ${http-qs-nm}, or $${nm}"},
		{"a", meta(`{"http-post-json-merge":true}`, "echo ${nm}"), ""},
		{"a", meta(`{"http-post-json-merge":"b"}`, "echo ${b.nm} ${nm}"), "3:14: warning: no request has ${nm}"},
		{"a", meta(`{preload:{conf:"~/c.json"}}`, "echo ${conf.title}"), ""},
		{"a", "echo ${params.x}", "1:6: warning: no request has ${params.x}: no wildcard"},
		{"_ANY", meta(`{"api-param-name":"x"}`, "echo ${params.x}"), ""},
		{"a", "cat | write $${nm}", "1:7: warning: everybody may call this, and \"write\" writes"},
		{"a", "echo x > ~/y", "1:1: warning: everybody may call this"},
		{"a", meta(`{"http-www-auth":true}`, "write"), ""},
		{"a", meta(`{"pvg-assert":"read"}`, "write"), ""},
		{"a", meta(`{"api-access-token":"~/.domain/t"}`, "write"), ""},
		{"a", meta(`{"api-public":true}`, "write"), ""},
		{"a", meta(`{"api-access-token":"abc"}`, "write"), "1:21: warning: a secret stands in the metadata"},
		{"a", `echo '{passwd:"letmein1"}'`, "1:6: warning: a secret stands in the script"},
		{"a", `echo 'Authorization: Bearer abcdefgh'`, "1:6: warning: a secret"},
		{"a", `echo '{passwd:"${http-qs-passwd}"}' ticket=x`, ""},
		{"a", meta(`{"pvg-setup":{edit:"order.edit"}}`, "echo ${pvg-edit} ${pvg.edit} ${pvg}"), ""},
		{"a", meta(`{"pvg-setup":"order.edit"}`, "echo ${pvg-order.edit}"), ""},
		{"a", meta(`{"pvg-setup":"order.edit"}`, "echo ${pvg-order.edti}"), "3:6: warning: no request has ${pvg-order.edti}; did you mean ${pvg-order.edit}?"},
		{"a", "echo ${pvg-edit}", "1:6: warning: no request has ${pvg-edit}: pvg-setup does not name it"},
		{"a", meta(`{"pvg-setup":"order.edit"}`, "write"), "3:1: warning: everybody may call this"},
		{"a", meta(`{"pvg-setpu":"a"}`, "echo"), `unknown key "pvg-setpu"; did you mean pvg-setup?`},
		{"a", meta(`{"pvg-setup":"a","cache-test":true}`, "echo"), "the answer depends on who calls"},
		{"a", meta(`{"api-param-name":"x"}`, "echo"), "1:19: warning: api-param-name does nothing here: it names the wildcard of a file _ANY"},
		{"b/_ANY/c", meta(`{"api-param-name":"x"}`, "echo"), "the wildcard is a folder's, and its name stands in ~/.regapi/api/b/_ANY/.meta.json"},
		{"a", meta(`{"http-metods":"GET"}`, "echo"), `unknown key "http-metods"; did you mean http-methods?`},
		{"a", meta(`{"cache-duration":"1m"}`, "echo"), "cache-duration does nothing without cache-test"},
		{"a", meta(`{"cache-test":true,"cache-duration":"1m"}`, "echo"), ""},
		{"a", meta(`{"http-header-Content-Type":"text/html"}`, "echo '<p>${http-qs-x}</p>'"), "3:10: warning: ${http-qs-x} may hold tags of its own: ${http-qs-x<html>} is text"},
		{"a", meta(`{"http-header-Content-Type":"application/rss+xml"}`, "cat | echo '<p>$${x<date:yyyy>} $${x}</p>'"), "warning: $${x} may hold tags of its own"},
		{"a", meta(`{"http-header-Content-Type":"text/html"}`, "echo '<p>${http-qs-x<html>}</p>' ${http-qs-x<int:%d>}\necho ' -html' '<p>$${x}</p>'"), ""},
		{"a", meta(`{"http-header-Content-Type":"text/plain"}`, "echo '<p>${http-qs-x}</p>'"), ""},
		{"a", `echo '{admin:false,nm:"${http-qs-x?}"}' | json -c`, `1:24: warning: ${http-qs-x} may hold quotes, and members of its own behind them: write ${http-qs-x<json>}`},
		{"a", `echo ' [${http-header-X}]' | json -c`, "warning: ${http-header-X} may hold quotes"},
		{"a", `cat | echo '{nm:"$${nm}"}' | json -c`, "warning: $${nm} may hold quotes"},
		{"a", `echo '{nm:${http-qs-x<json>?},n:${http-qs-n<int>?}}' | json -c`, ""},
		{"a", `echo '{nm:"${http-qs-x?}"}' | write`, "warning: everybody may call this"},
		{"a", `echo '{nm:"${http-qs-x?}"}' | cat`, ""}, // a text
		{"a", `echo '{nm:"${http-method}"}' | json -c`, ""},
		{"a", `echo ${http-qs-q?{}} | json -c`, ""}, // the whole of it is meant
		{"a", meta(`{"http-envelope-table":"~/x.json"}`, "echo"), "does nothing without http-envelope"},
	} {
		w := newWorld(t)
		w.file("x.json", "{}")
		w.api(tt.file, tt.text)
		var got []string
		for _, f := range w.h.Check(w.domain("demo")) {
			got = append(got, f.String())
		}
		all := strings.Join(got, "\n")
		if tt.want == "" && all != "" || !strings.Contains(all, tt.want) {
			t.Errorf("%s\ngot  %s\nwant %s", tt.text, all, tt.want)
		}
	}
}

func TestCheckTellsOfRoutesThatCannotBeReached(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api("x/_get", "echo get", "x/_action", meta(`{"http-methods":"GET"}`, "echo folder"), "y/_action", meta(`{"http-methods":"GET"}`, "echo"), "y/_post", "echo post", "z/_get", "echo", "z/_action", "echo")
	faults := fmt.Sprint(w.h.Check(w.domain("demo")))
	if want := "~/.regapi/api/x/_action:1:1: warning: no request reaches it: ~/.regapi/api/x/_get answers before"; !strings.Contains(faults, want) || strings.Count(faults, "reaches") != 1 {
		t.Error(faults)
	}
}
