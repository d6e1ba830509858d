package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// engine is a store with accounts: unique name, phone and e-mail, an order by
// age. Put is durable when it returns and may be called by many at once.
type engine interface {
	Load(from, to int) error // durable at the end
	Put(i int) error
	ByID(i int) error
	ByPhone(i int) error
	Page(age int) error // 50 accounts by age
	Close() error
}

// engineNames in the order of the report.
var engineNames = []string{"carya", "sqlite", "bbolt"}

func open(name, dir string) engine {
	var e engine
	var err error
	switch name {
	case "carya":
		e, err = openCarya(dir)
	case "sqlite":
		e, err = openSQLite(filepath.Join(dir, "db"))
	case "bbolt":
		e, err = openBolt(filepath.Join(dir, "db"))
	default:
		err = fmt.Errorf("no engine %s", name)
	}
	fail(err)
	return e
}

// account is a record of about 1 KB as sign-in leaves it. It is put together by
// hand: the engines are measured, not fmt.
func account(i int) []byte {
	b := make([]byte, 0, 1100)
	text := func(s string) { b = append(b, s...) }
	number := func(n int) { b = strconv.AppendInt(b, int64(n), 10) }
	text(`{"id":"`)
	text(id(i))
	text(`","nm":"user`)
	number(i)
	text(`","phone":"`)
	text(phone(i))
	text(`","email":"user`)
	number(i)
	text(`@example.com","age":`)
	number(i % 100)
	text(`,"role":"member","sex":`)
	number(i % 3)
	text(`,"nickname":"Nick `)
	number(i)
	text(`","country":"CN","province":"Beijing","city":"Haidian","passwd":"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$`)
	text(wide(i, 43))
	text(`","ct":`)
	number(1_700_000_000_000 + i)
	text(`,"lm":`)
	number(1_700_000_000_000 + i)
	text(`,"th_live":1,"note":"`)
	text(wide(i, 540))
	return append(b, `"}`...)
}

// zeros are more than any width.
var zeros = strings.Repeat("0", 600)

func id(i int) string    { return "c" + wide(i, 19) }
func phone(i int) string { return "139" + wide(i, 8) }

// wide is a number with zeros before it.
func wide(i, width int) string {
	s := strconv.Itoa(i)
	return zeros[:width-len(s)] + s
}

// measure does everything with one engine.
func measure(name string, n int) report {
	dir, err := os.MkdirTemp(".", ".stores-")
	fail(err)
	defer os.RemoveAll(dir)
	r := report{Engine: name}
	add := func(name, unit string, v float64, better string) {
		r.Figures = append(r.Figures, figure{name, unit, v, better})
	}
	e := open(name, dir)
	start := time.Now()
	fail(e.Load(0, n))
	add("import", "1/s", float64(n)/time.Since(start).Seconds(), "more")
	fail(e.Close())
	add("disk for a byte of records", "", float64(size(dir))/float64(n*len(account(0))), "less")
	before := resident()
	start = time.Now()
	e = open(name, dir)
	fail(e.ByID(0))
	add("open", "s", time.Since(start).Seconds(), "less")
	add("resident after opening", "MiB", resident()-before, "less")
	add("by id, of 1000", "us", each(20_000, 1000, e.ByID), "less")
	add("by id, of all", "us", each(20_000, n, e.ByID), "less")
	add("by phone, of 1000", "us", each(20_000, 1000, e.ByPhone), "less")
	add("by phone, of all", "us", each(20_000, n, e.ByPhone), "less")
	add("page of 50 by age", "us", each(500, 100, e.Page), "less")
	syncs := fsyncs(dir)
	for _, writers := range []int{1, 8, 64, 256} {
		rate := commits(e, n, writers)
		name := fmt.Sprintf("commits, %d at once", writers)
		add(name, "1/s", rate, "more")
		add(name+", to fsyncs", "", rate/syncs, "more")
	}
	fail(e.Close())
	return r
}

// each is the mean time of one of k calls, in microseconds.
func each(k, span int, call func(int) error) float64 {
	for i := range min(k, span) {
		fail(call(i * 7919 % span)) // warm what can be warm
	}
	start := time.Now()
	for i := range k {
		fail(call(i * 104_729 % span))
	}
	return float64(time.Since(start).Microseconds()) / float64(k)
}

// commits is the rate of durable puts of one record each.
func commits(e engine, n, writers int) float64 {
	var next, done atomic.Int64
	next.Store(int64(n))
	stop := time.Now().Add(3 * time.Second)
	start := time.Now()
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for time.Now().Before(stop) {
				fail(e.Put(int(next.Add(1)) % n))
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(done.Load()) / time.Since(start).Seconds()
}

// fsyncs is how often a second this disk makes 1 KB appended durable.
func fsyncs(dir string) float64 {
	f, err := os.Create(filepath.Join(dir, "fsyncs"))
	fail(err)
	defer os.Remove(f.Name())
	defer f.Close()
	data := account(0)
	start, k := time.Now(), 0
	for time.Since(start) < 2*time.Second {
		_, err := f.Write(data)
		fail(err)
		fail(f.Sync())
		k++
	}
	return float64(k) / time.Since(start).Seconds()
}

// resident is the process's resident memory in MiB.
func resident() float64 {
	runtime.GC()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/status")
	fail(err)
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	fail(err)
	return float64(kb) / 1024
}

func size(dir string) (n int64) {
	fail(filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		fi, err := e.Info()
		if err == nil {
			n += fi.Size()
		}
		return err
	}))
	return n
}
