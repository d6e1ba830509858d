package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// refusal is one call to the system that fails at a place of the journal or of a
// set.
type refusal struct {
	name  string
	calls string   // as strace names them
	on    []string // on one of these paths, below the domain; "" is its folder
	err   string
	late  bool // not before the first commits are in
	last  bool // the program is killed at the first commit that it refuses
}

// refusals are the most telling places. Files are given by all the numbers that
// they may have: strace compares what the program says.
var refusals = []refusal{
	{"sync of the open segment", "fsync,fdatasync", numbered(".domain/journal/%010d.log"), "EIO", true, false},
	{"sync of the open segment, then the end", "fsync,fdatasync", numbered(".domain/journal/%010d.log"), "EIO", true, true},
	{"fsync of the journal's folder at a segment's birth, then the end", "fsync", []string{".domain/journal"}, "EIO", false, true},
	{"write of the open segment", "pwrite64", numbered(".domain/journal/%010d.log"), "ENOSPC", true, false},
	{"opening a new segment", "openat", numbered("%010d.log"), "EMFILE", false, false},
	{"fsync of the journal's folder at a segment's birth", "fsync", []string{".domain/journal"}, "EIO", false, false},
	{"rename of the state", "renameat,renameat2", []string{".domain/journal"}, "EIO", true, false},
	{"fsync of the journal's folder behind the state's rename", "fsync", []string{".domain/journal"}, "EIO", true, false},
	{"write of a pack's keys", "pwrite64", numbered("orders/index/.pack-%d.keys"), "EIO", false, false},
	{"sync of a pack at the checkpoint", "fsync,fdatasync,syncfs", append(numbered("orders/index/.pack-%d.jsonl"), ""), "EIO", false, false},
	{"rename of a record's own file", "renameat,renameat2", []string{"orders/index"}, "EIO", false, false},
	{"removal of a record's own file, which lies aside", "unlinkat", []string{".domain/journal/tmp"}, "EIO", false, false},
}

func numbered(form string) (paths []string) {
	for n := range 40 {
		paths = append(paths, fmt.Sprintf(form, n+1))
	}
	return paths
}

// TestNothingAcknowledgedIsLostWhenACallFails has the system refuse one call of
// the running program, kills it a little later, and holds what is there then
// against what it had answered.
func TestNothingAcknowledgedIsLostWhenACallFails(t *testing.T) {
	t.Parallel()
	if err := canTrace(t); err != nil {
		t.Skipf("strace: %v", err)
	}
	for _, one := range refusals {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			r := newRoot(t)
			r.must("init", "shop")
			r.must("thing", "~/orders", "init", "-fields", `{uniqueKeys:[{name:"u"}]}`)
			r.write("shop", ".regapi/api/put", "thing ~/orders create -fields '{id:\"${http-qs-id}\",u:\"${http-qs-id}\"}' -ajax")
			r.write("shop", ".regapi/api/set", "thing ~/orders update ${http-qs-id} -fields '{n:${http-qs-n<int>}}' -ajax")
			r.write("shop", ".regapi/api/del", "thing ~/orders delete ${http-qs-id} -hard -ajax")
			h := &ledger{s: r.serve("--limits", "off"), known: map[string]string{}}
			h.round(t, "before")
			h.s.stop()

			h.s = r.serve("--limits", "off")
			if one.late {
				h.round(t, "early")
			}
			tr := trace(t, h.s, one)
			h.once = one.last
			h.round(t, "more")
			until(t, 40*time.Second, "the call fails", tr.struck)
			if !one.last {
				h.round(t, "late")
				tr.end()
				h.round(t, "last")
			}
			h.s.kill()
			h.once = false

			h.s = r.serve("--limits", "off")
			h.verify(t)
			h.s.stop()
			if out, errs, code := r.run("", "doctor", "shop"); code != 0 {
				t.Errorf("the doctor: %s%s", out, errs)
			}
		})
	}
}

// ledger is what the program has answered.
type ledger struct {
	s       *server
	known   map[string]string // what must be there: n, or "-" for no record
	refused []string          // the last word about them was a refusal to make them
	once    bool              // a round ends at a refusal
}

// round makes, changes and removes records one by one.
func (h *ledger) round(t *testing.T, name string) {
	t.Helper()
	if old := "before" + strconv.Itoa(len(h.refused)%3); name != "before" && h.known[old] != "-" && h.do(t, "del", old) {
		h.known[old] = "-" // one that has a file of its own
	}
	for i := range 8 {
		id := name + strconv.Itoa(i)
		if h.do(t, "put", id) {
			h.known[id] = ""
		} else {
			h.known[id] = "-"
			if h.refused = append(h.refused, id); h.once {
				return
			}
		}
		if i%2 == 1 && h.known[id] == "" && h.do(t, "set", id, "n", strconv.Itoa(i)) {
			h.known[id] = strconv.Itoa(i)
		}
		if i%4 == 3 && h.known[id] != "-" && h.do(t, "del", id) {
			h.known[id] = "-"
		}
	}
}

// do asks for a commit and tells whether it was acknowledged.
func (h *ledger) do(t *testing.T, what, id string, more ...string) bool {
	t.Helper()
	a, err := h.s.try("GET", "/api/shop/"+what, pairs(append([]string{"id", id}, more...)), "", "")
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", what, id, err, h.s.errs)
	}
	return a.json("ok").Bool()
}

// verify holds the records that are there against the ledger.
func (h *ledger) verify(t *testing.T) {
	t.Helper()
	there := map[string]string{}
	out := h.s.must("thing", "~/orders", "query", "-limit", "10000", "-c")
	for _, doc := range gjson.Parse(out).Array() {
		there[doc.Get("id").String()] = doc.Get("n").Raw
	}
	for id, want := range h.known {
		got, ok := there[id]
		if !ok {
			got = "-"
		}
		switch {
		case got == want:
		case want == "-":
			t.Errorf("%s was refused or removed, and is there", id)
		case got == "-":
			t.Errorf("%s was acknowledged, and is lost", id)
		default:
			t.Errorf("%s has n %q, acknowledged was %q", id, got, want)
		}
	}
	for _, id := range h.refused {
		if h.known[id] == "-" && !h.do(t, "put", id) {
			t.Errorf("%s was refused, yet its unique value is taken", id)
		}
	}
}

// tracer is strace, attached to a running program.
type tracer struct {
	proc *exec.Cmd
	log  string
}

// trace has the first call of each of the program's threads fail that fits.
func trace(t *testing.T, s *server, one refusal) *tracer {
	t.Helper()
	tr := &tracer{log: filepath.Join(t.TempDir(), "strace")}
	words := []string{"-f", "-o", tr.log, "-e", "trace=" + one.calls, "-e", "inject=" + one.calls + ":error=" + one.err + ":when=1"}
	for _, p := range one.on {
		if strings.Contains(p, "/") || p == "" {
			p = s.path("shop", filepath.FromSlash(p))
		}
		words = append(words, "-P", p)
	}
	tr.proc = exec.Command("strace", append(words, "-p", strconv.Itoa(s.proc.Process.Pid))...)
	errs := &syncBuffer{}
	tr.proc.Stderr = errs
	if err := tr.proc.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.end)
	until(t, 20*time.Second, "strace has attached itself", func() bool { return strings.Contains(errs.String(), "attached") })
	return tr
}

// struck reports whether a call has failed.
func (tr *tracer) struck() bool {
	text, err := os.ReadFile(tr.log)
	return err == nil && strings.Contains(string(text), "(INJECTED)")
}

// end lets go of the program, which goes on.
func (tr *tracer) end() {
	_ = tr.proc.Process.Signal(os.Interrupt) // it may have ended with the program
	_ = tr.proc.Wait()
}

// canTrace reports why strace cannot be attached to a program here.
func canTrace(t *testing.T) error {
	path, err := exec.LookPath("strace")
	if err != nil {
		return err
	}
	victim := exec.Command("sleep", "60")
	if err := victim.Start(); err != nil {
		return err
	}
	defer victim.Wait()
	tr := exec.Command(path, "-p", strconv.Itoa(victim.Process.Pid))
	errs := &syncBuffer{}
	tr.Stderr = errs
	if err := tr.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- tr.Wait() }()
	until(t, 20*time.Second, "strace says something", func() bool { return errs.String() != "" })
	attached := strings.Contains(errs.String(), "attached")
	_ = victim.Process.Kill()
	<-ended
	if !attached {
		return fmt.Errorf("%s", strings.TrimSpace(errs.String()))
	}
	return nil
}
