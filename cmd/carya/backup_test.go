package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

func TestBackupOfARunningDomainAndBack(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "shop")
	r.must("thing", "~/orders", "init", "-fields", `{uniqueKeys:[{name:"no"}]}`)
	r.write("shop", ".regapi/api/add", "thing ~/orders create -fields '{no:\"${http-qs-no}\"}'\n")
	r.write("shop", "www/index.html", "<h1>小白</h1>")
	s := r.serve()
	ctx, stop := context.WithCancel(t.Context())
	var n atomic.Int64
	busy := make(chan struct{})
	go func() {
		defer close(busy)
		for ctx.Err() == nil {
			_, _ = s.try("GET", "/api/shop/add", url.Values{"no": {fmt.Sprint(n.Add(1))}}, "", "")
		}
	}()
	until(t, stopTimeout, "a hundred writes", func() bool { return n.Load() > 100 })
	before := n.Load()
	file := filepath.Join(t.TempDir(), "shop.tar.zst")
	out, errs, code := r.run("", "backup", "shop", file)
	if code != 0 || out != "" || !strings.HasPrefix(errs, "shop: revision ") {
		t.Fatalf("exit %d %q %q", code, out, errs)
	}
	stop()
	<-busy
	if fi, err := os.Stat(file); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("the file is open to others: %v, %v", fi.Mode(), err)
	}
	_, errs, code = r.run("", "restore", file)
	if code != 1 || !strings.Contains(errs, "e.domain.exists : shop") {
		t.Errorf("over the domain: exit %d %q", code, errs)
	}
	if out := r.must("restore", file, "--as", "copy"); !strings.HasPrefix(out, "copy: revision ") {
		t.Errorf("%q", out)
	}
	have := strings.Count(r.must("-d", "copy", "thing", "~/orders", "query", "-e", "^no$"), `"no"`)
	if int64(have) < before-1 || int64(have) > n.Load() {
		t.Errorf("%d records, of %d to %d", have, before-1, n.Load())
	}
	if a := s.get("copy/add", "no", "1"); !strings.Contains(a.body, "e.thing.ukey.duplicated") {
		t.Errorf("%s", a.body)
	}
	if a, err := s.try("GET", "/www/copy/", nil, "", ""); err != nil || a.body != "<h1>小白</h1>" {
		t.Errorf("%v %q", err, a.body)
	}
	s.damaged(file)
}

// A thing.json that was broken by hand while the server runs does not come between a
// backup and its restoration.
func TestBackupOfAHandBrokenDomain(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	r.must("init", "shop")
	r.must("thing", "~/orders", "init", "-fields", `{uniqueKeys:[{name:"no"}]}`)
	r.must("thing", "~/orders", "create", "-fields", `{id:"a",no:1}`)
	s := r.serve()
	r.must("thing", "~/orders", "get", "a")
	r.write("shop", "orders/thing.json", "{uniqueKeys:")
	file := filepath.Join(t.TempDir(), "shop.tar.zst")
	for lang, told := range map[string]string{"en": "it is broken: the last good version is saved", "zh-CN": "保存的是之前的正确版本"} {
		_, errs, code := r.run("", "--lang", lang, "backup", "shop", file, "--verify")
		if code != 0 || !strings.Contains(errs, "~/orders/thing.json: ") || !strings.Contains(errs, told) || !strings.Contains(errs, "~/orders/.thing.json.broken") {
			t.Errorf("%s: exit %d %q", lang, code, errs)
		}
	}
	r.must("restore", file, "--as", "copy")
	if got := r.must("-d", "copy", "thing", "~/orders", "get", "a", "-e", "^no$", "-c"); got != "{\"no\":1}\n" {
		t.Errorf("%q", got)
	}
	if out, errs, code := r.run("", "doctor", "copy"); code != 0 {
		t.Errorf("doctor: exit %d %s%s", code, out, errs)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(file), ".*"))
	if len(left) > 0 || err != nil {
		t.Error("left:", left, err)
	}
	if text, err := os.ReadFile(r.path("copy", "orders", ".thing.json.broken")); err != nil || string(text) != "{uniqueKeys:" {
		t.Errorf("%q, %v", text, err)
	}
	s.stop()
}

// damaged holds that a damaged file is refused by name and place.
func (s *server) damaged(file string) {
	s.t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	for what, bad := range map[string][]byte{
		"flipped": append(append(bytes.Clone(data[:len(data)/2]), data[len(data)/2]^1), data[len(data)/2+1:]...),
		"cut":     data[:len(data)-20],
		"strange": []byte("hello"),
	} {
		name := filepath.Join(s.t.TempDir(), what)
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			s.t.Fatal(err)
		}
		_, errs, code := s.run("", "restore", name, "--as", "other")
		if code != 1 || !strings.Contains(errs, "e.backup.damaged : ") || !strings.Contains(errs, "byte") {
			s.t.Errorf("%s: exit %d %q", what, code, errs)
		}
		if _, err := os.Stat(s.path("other")); err == nil {
			s.t.Errorf("%s: a domain was made", what)
		}
	}
}
