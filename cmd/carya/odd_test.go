package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/domain/oddfile"
)

// oddPlaces are where a domain's owner writes files that the server reads.
var oddPlaces = []string{
	".domain/domain.json", ".meta.json", "www/.meta.json", "orders/thing.json", "orders/index/odd.json",
	".regapi/api/.meta.json", ".regapi/api/odd", ".regapi/api/.odd.meta.json", ".regapi/api/.errors.json", ".regapi/cron/odd", ".regapi/test/odd.txt",
	".domain/cron/night.json", ".domain/history/audit/2020-01-01-0001.jsonl", ".domain/packs/auth/vars.json", ".domain/secrets/key",
	".domain/template/sms/default.txt", "www/page.html", "www/pvg.json", "notes.txt",
}

// TestOddFilesHangNobody puts pipes, devices, folders and files without end in all
// places at once, before the server is started and while it runs: it starts, the
// other domain is served, every verb comes back, and no memory goes.
func TestOddFilesHangNobody(t *testing.T) {
	t.Parallel()
	for _, k := range oddfile.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			r := newRoot(t)
			for _, dom := range []string{"shop", "quiet"} {
				r.must("init", dom, "--pack", "auth")
				r.must("-d", dom, "thing", "~/orders", "init")
				r.must("-d", dom, "thing", "~/orders", "create", "-fields", `{id:"o1"}`)
				r.write(dom, ".regapi/api/count", "thing ~/orders query -e '^id$' -c")
				r.write(dom, ".regapi/api/page", "cat ~/www/page.html")
				r.write(dom, ".regapi/cron/night", "@FILE night\n{\"cron-at\":\"@daily\"}\n%COPY:\necho\n%END%\n")
			}
			spoil := func() {
				for _, place := range oddPlaces {
					k.Put(t, r.path("shop", filepath.FromSlash(place)))
				}
			}
			get := func(s *server, path string) (int, string) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				req, err := http.NewRequestWithContext(ctx, "GET", s.url+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Range", "bytes=0-99") // of a page without end
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatalf("%s: %v\n%s", path, err, s.errs)
				}
				return res.StatusCode, beginning(t, res)
			}
			look := func(s *server, known bool) {
				if status, text := get(s, "/api/quiet/count"); status != 200 || !strings.Contains(text, `"o1"`) {
					t.Errorf("another domain answers %d %q", status, text)
				}
				if status, text := get(s, "/api/shop/count"); known && (status != 200 || !strings.Contains(text, `"o1"`)) {
					t.Errorf("the domain answers %d %q", status, text)
				}
				for _, path := range []string{"/api/shop/odd", "/api/shop/page", "/www/shop/page.html", "/www/shop/", "/api/shop/auth/login_by_passwd?name=a&passwd=b", "/api/shop/nothing"} {
					get(s, path)
				}
			}
			s := r.serve()
			look(s, true)
			spoil()
			look(s, true)
			for _, words := range [][]string{
				{"check", "shop"}, {"cron", "shop"}, {"test", "shop"}, {"doctor", "shop"}, {"-d", "shop", "ls", "~/"},
				{"-d", "shop", "thing", "~/orders", "query"}, {"-d", "shop", "history", "audit", "query"}, {"-d", "shop", "obj", "~/www"}, {"pack", "status", "shop"},
			} {
				if words[0] == "test" && k.Name == "a huge file" {
					continue // it copies the domain, whatever its files' sizes
				}
				ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
				if out, err := r.cmd(ctx, words...).CombinedOutput(); ctx.Err() != nil {
					t.Errorf("%v hangs: %v\n%s", words, err, out)
				}
				cancel()
			}
			look(s, false) // the doctor may have closed the domain, and with it gone the last good versions
			if most := peakMemory(t, s.proc.Process.Pid); most > 1<<30 {
				t.Errorf("the server took %d MB", most>>20)
			}
			s.stop()
			look(r.serve(), false) // all of it is there at the start
		})
	}
}

// beginning is the first megabyte of an answer.
func beginning(t *testing.T, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// peakMemory is the most that a process has had, in bytes.
func peakMemory(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kb := 0
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		t.Fatal(err)
	}
	return kb << 10
}

// TestTextThatIsNotUTF8IsRefusedAtEveryDoor holds that nothing is replaced on its
// way into a record or a setting.
func TestTextThatIsNotUTF8IsRefusedAtEveryDoor(t *testing.T) {
	t.Parallel()
	const gbk = "\xd0\xa1\xb0\xd7"
	r := newRoot(t)
	r.must("init", "shop")
	r.must("thing", "~/orders", "init")
	r.must("thing", "~/orders", "create", "-fields", `{id:"o1",nm:"old"}`)
	for name, text := range map[string]string{
		"word":   "thing ~/orders create -fields '{nm:\"${http-qs-nm}\"}' -ajax",
		"params": "httpparam | thing ~/orders create -ajax",
		"raw":    "cat id:${id} | thing ~/orders create -ajax",
	} {
		r.write("shop", ".regapi/api/"+name, "@FILE "+name+"\n{\"http-methods\":\"GET,POST\"}\n%COPY:\n"+text+"\n%END%\n")
	}
	s := r.serve()
	for _, c := range []struct{ path, kind, body string }{
		{"word?nm=" + url.QueryEscape(gbk), "", ""},
		{"params?nm=" + url.QueryEscape(gbk), "", ""},
		{"params?" + url.QueryEscape(gbk) + "=x", "", ""},
		{"params", "application/x-www-form-urlencoded", "nm=" + url.QueryEscape(gbk)},
		{"params", "application/json", `{"nm":"` + gbk + `"}`},
		{"raw", "application/json", `{"nm":"` + gbk + `"}`},
	} {
		res, err := http.Post(s.url+"/api/shop/"+c.path, c.kind, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if text := beginning(t, res); !strings.Contains(text, `"e.json"`) || !strings.Contains(text, "UTF-8") {
			t.Errorf("%s %s %q: %d %s", c.path, c.kind, c.body, res.StatusCode, text)
		}
	}
	if out, errs, code := r.run("", "thing", "~/orders", "create", "-fields", `{nm:"`+gbk+`"}`); code == 0 || !strings.Contains(errs, "UTF-8") {
		t.Errorf("a word of the command line: %s%s", out, errs)
	}
	if out, errs, code := r.run(`{nm:"`+gbk+`"}`, "thing", "~/orders", "create"); code == 0 || !strings.Contains(errs, "UTF-8") {
		t.Errorf("the pipe: %s%s", out, errs)
	}
	if out, errs, code := r.run("nm,n:int\n"+gbk+",1\nb,2\n", "thing", "~/orders", "import", "-as", "csv"); code == 0 || !strings.Contains(errs, "line 2, column 1 is not UTF-8") {
		t.Errorf("an import: %s%s", out, errs)
	}
	for place, text := range map[string]string{
		".domain/domain.json": "{owner:\n \"" + gbk + "\"}", "orders/thing.json": "{nm:\n \"" + gbk + "\"}", "www/.meta.json": "{nm:\n \"" + gbk + "\"}",
		".regapi/api/x": "echo\necho " + gbk, ".regapi/api/.meta.json": "{a:\n \"" + gbk + "\"}",
	} {
		r.write("shop", place, text)
		out, _, code := r.run("", "check", "shop")
		if code == 0 || !strings.Contains(out, "~/"+place+":2:") || !strings.Contains(out, "the text is not UTF-8") {
			t.Errorf("check does not tell of %s: %s", place, out)
		}
	}
	if out := r.must("thing", "~/orders", "query", "-e", "^(id|nm)$", "-c"); strings.TrimSpace(out) != `[{"id":"o1","nm":"old"}]` {
		t.Errorf("records now: %s", out)
	}
}
