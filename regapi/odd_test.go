package regapi

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/oddfile"
)

// TestOddFilesHangNoRequest puts pipes, devices, folders and a huge file in the
// place of what a domain's owner writes: it is the fault of that file alone.
func TestOddFilesHangNoRequest(t *testing.T) {
	t.Parallel()
	for _, k := range oddfile.Kinds() {
		for _, one := range []struct {
			file   string
			status int    // of /api/demo/x then
			body   string // in its answer
		}{
			{".regapi/api/x", 201, "one"},
			{".regapi/api/.x.meta.json", 201, "one"},
			{".regapi/api/.meta.json", 201, "one"},
			{".regapi/api/.errors.json", 201, "one"},
			{".domain/domain.json", 201, "one"},
			{"www/index.html", 201, "one"},
		} {
			if k.Name == "a folder" && one.file == ".regapi/api/x" {
				continue // it is one of endpoints then
			}
			t.Run(k.Name+" as "+filepath.Base(one.file), func(t *testing.T) {
				t.Parallel()
				w := newPolledWorld(t)
				w.api("x", "echo one", ".x.meta.json", `{"http-resp-code":201,"http-envelope":"errno","http-envelope-table":"~/.regapi/api/.errors.json"}`,
					".errors.json", `{codes:{"*":{code:-1}}}`, ".meta.json", "{}", "other", plain+"other")
				w.file(".domain/domain.json", `{owner:"ann"}`)
				w.file("second:.domain/domain.json", `{owner:"ann"}`) // so that owners are compared
				w.until("/api/demo/x", 201, "one")
				k.Put(t, filepath.Join(w.root.Dir(), "demo", one.file))
				oddfile.Soon(t, one.file, func() {
					d := w.domain("demo")
					d.Check()
					w.h.Check(d)
					if status, text := w.get("/api/demo/x"); status != one.status || !strings.Contains(text, one.body) {
						t.Errorf("x answers %d %q", status, text)
					}
					if status, text := w.get("/api/demo/other"); status != 200 || text != "other" {
						t.Errorf("another endpoint answers %d %q", status, text)
					}
					if one.file == "www/index.html" && k.Name != "a huge file" {
						if status, _ := w.get("/www/demo/"); status != 404 {
							t.Errorf("the page answers %d", status)
						}
						return
					}
					w.get("/www/demo/x")
					w.get("/api/demo/nothing")
					list := append(d.Check(), w.h.Check(d)...)
					var said []string
					for _, f := range list {
						said = append(said, f.String())
						if strings.Contains(f.File, one.file) {
							return
						}
					}
					if one.file != "www/index.html" {
						t.Errorf("check does not tell: %q", said)
					}
				})
			})
		}
	}
}

func TestAMendedEndpointIsTakenAfterAnOddOne(t *testing.T) {
	t.Parallel()
	for _, k := range oddfile.Kinds() {
		w := newPolledWorld(t)
		w.api("x", plain+"same")
		w.until("/api/demo/x", 200, "same")
		k.Put(t, filepath.Join(w.root.Dir(), "demo/.regapi/api/x"))
		w.h.Check(w.domain("demo"))
		w.remove(".regapi/api/x")
		w.api("x", plain+"same") // the very text that counts
		if faults := w.h.Check(w.domain("demo")); len(faults) > 0 {
			t.Errorf("%s: still at fault: %v", k.Name, faults)
		}
		w.until("/api/demo/x", 200, "same")
	}
}

func TestOddFilesHangNoJobAndNoTrace(t *testing.T) {
	t.Parallel()
	for _, k := range oddfile.Kinds() {
		w := newWorld(t)
		d := w.domain("demo")
		w.file(".regapi/cron/good", meta(`{"cron-at":"@daily"}`, "echo"))
		id := domain.NewID()
		k.Put(t, filepath.Join(d.Dir(), ".regapi/cron/odd"))
		k.Put(t, filepath.Join(d.Dir(), ".domain/trace/api/x", id+".json"))
		oddfile.Soon(t, k.Name, func() {
			jobs, faults := CronJobs(d, testRegistry())
			if len(jobs) != 1 || len(faults) == 0 && (k.Name == "a pipe" || k.Name == "a huge file") {
				t.Errorf("%s: jobs %v, faults %v", k.Name, jobs, faults)
			}
			if _, err := Traces(d); err != nil {
				t.Errorf("%s: traces: %v", k.Name, err)
			}
		})
		for _, dir := range []string{".regapi/cron", ".domain/trace", ".regapi"} {
			k.Put(t, filepath.Join(d.Dir(), dir))
			oddfile.Soon(t, k.Name+" as "+dir, func() {
				CronJobs(d, testRegistry())
				_, _ = Traces(d)
				w.h.Check(d)
			})
		}
	}
}
