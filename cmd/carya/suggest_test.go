package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// suggested are the commands that a text tells, as they would be pasted.
func suggested(text string) []string {
	return regexp.MustCompile(`(?m)carya grant .*$`).FindAllString(text, -1)
}

// pasteAll runs each command that a text suggests as the operating system's shell does.
func (r *root) pasteAll(text string) {
	r.t.Helper()
	lines := suggested(text)
	slices.Sort(lines)
	lines = slices.DeleteFunc(lines, func(line string) bool { // the other one has them
		return strings.HasPrefix(line, "carya grant copy host ")
	})
	var script strings.Builder
	for _, line := range slices.Compact(lines) {
		script.WriteString(line + " >/dev/null || cat <<'END'\n" + line + "\nEND\n")
	}
	c := exec.CommandContext(r.t.Context(), "sh", "-c", script.String())
	c.Env = append(os.Environ(), "PATH="+filepath.Dir(r.exe)+":"+os.Getenv("PATH"), "CARYA_ROOT="+r.dir, "CARYA_DOMAIN=")
	if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
		r.t.Errorf("not taken (%v):\n%s", err, out)
	}
}

// Whatever stands in domain.json: what check, serve and restore suggest is a line that
// a shell and `carya grant` take, and once all are granted none is left.
func TestEverySuggestedGrantIsTaken(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	for _, dom := range []string{"list", "a.b_c-d", "other"} {
		r.must("init", dom)
	}
	r.must("grant", "other", "host", "taken.example")
	r.write("list", ".domain/domain.json", `{owner:"-x", hosts:["商店.cn.", "taken.example", "A B", "list.localhost", "*.example", "-bad.example"]}`)
	r.write("a.b_c-d", ".domain/domain.json", `{
		owner: " O'Neill \"the\" $HOME;id * `+"`id`"+` 小白 ",
		hosts: ["Shop.Example.COM.", "shop.example.com:80", "other.localhost", "[::1]"],
		http: {private:true, hosts:["127.0.0.1:99999", "10.0.0.5", "[64:ff9b::10.0.0.6]:81", "[2002:a00:1::1]:82", "[::ffff:10.0.0.7]:83", "*", "localhost.:84", "A B", "http://x.example/"]},
		senders: {sms:{use:"gateway", url:"http://[::1]:9100/", secret:"env:SMS KEY"}, mail:{use:"smtp", host:"fe80::1%eth0", from:"a@example.com", user:"me", passwd:"env:变量"}},
		weixin: {base:"https://[fd00::1]:70000", mp:{appid:"wx1", secret:"env:WX_MP"}},
		history: {rules:[{http:"https://192.168.0.1./in", secret:"env:$(id)"}, {http:"https://192.168.0.1/in", secret:"env:"}]},
	}`)
	archive := filepath.Join(t.TempDir(), "a.tar.zst")
	r.must("backup", "a.b_c-d", archive)
	s := r.serve()
	until(t, 20*time.Second, "start-up tells the wishes", func() bool {
		return len(suggested(s.errs.String())) >= 10
	})
	_, restored, _ := r.run("", "restore", archive, "--as", "copy")
	if len(suggested(restored)) < 8 {
		t.Errorf("restore says\n%s", restored)
	}
	check := func() string {
		one, _, _ := r.run("", "check", "list")
		two, _, _ := r.run("", "check", "a.b_c-d")
		return one + two
	}
	r.pasteAll(s.errs.String() + restored + check())
	r.pasteAll(check()) // a host that was taken back can be granted
	out := check()
	if left := suggested(out); len(left) > 0 {
		t.Errorf("still suggested: %q", left)
	}
	for _, wrong := range []string{"A B", "*.example", "99999", "http.hosts", "SMS KEY", "变量", "70000", "$(id)"} {
		if !strings.Contains(out, wrong) {
			t.Errorf("check says nothing of %s", wrong)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
}

// A script that calls a host which the settings do not list is told of, at the call.
func TestCheckTellsOfCallsThatAreRefused(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "demo")
	for name, script := range map[string]string{
		"listed":  "http https://api.example.com/x",
		"below":   "http -X POST 'https://a.below.example/${http-qs-x}'",
		"missing": "cat id:${id} | http -X POST -body -- http://other.example:81/${http-qs-x}",
		"data":    "http https://${http-qs-host}/x",
		"word":    "http ${http-qs-url}",
		"inside":  "cat id:${id} | json -c | if {a:1} try http https://in.example/x else echo no",
		"block":   "try 'echo $(http https://block.example)'",
	} {
		r.write("demo", ".regapi/api/"+name, script+"\n")
	}
	r.write("demo", ".regapi/cron/job", `{"cron-at":"0 3 * * *"}`+"\n%COPY:\nhttp https://cron.example/x\n%END%\n")
	r.write("demo", "orders/thing.json", `{onCreated: ["http https://hook.example/new", "http https://api.example.com/new"], onDeleted: "each 'http https://gone.example/x'"}`)
	r.write("demo", ".domain/domain.json", `{http:{hosts:["API.example.com","*.below.example","*"]}}`)
	out, _, _ := r.run("", "check", "demo")
	for _, host := range []string{
		"api/inside:1:44: warning: http.hosts of domain.json does not list in.example",
		"api/block:1:17: warning: http.hosts of domain.json does not list block.example",
		"cron/job:3:6: warning: http.hosts of domain.json does not list cron.example",
		"orders/thing.json:1:20: warning: http.hosts of domain.json does not list hook.example",
		"does not list gone.example",
	} {
		if !strings.Contains(out, host) {
			t.Errorf("%s is not told of", host)
		}
	}
	if strings.Count(out, "http.hosts of domain.json") != 6 || !strings.Contains(out, "~/.regapi/api/missing:1:38: warning: http.hosts of domain.json does not list other.example:81") {
		t.Error(out)
	}
}
