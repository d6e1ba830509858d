package filestore

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// accounts is how many accounts the benchmarks of large sets have;
// CARYA_BENCH_RECORDS asks for more.
func accounts() int {
	if n, err := strconv.Atoi(os.Getenv("CARYA_BENCH_RECORDS")); err == nil {
		return n
	}
	return 100_000
}

func accountDef() thingset.Def {
	return thingset.Def{Unique: [][]string{{"nm"}, {"phone"}, {"email"}}, Indexes: []string{"age"}}
}

func accountID(i int) string { return fmt.Sprintf("c%019d", i) }

// account is a record of about 1 KB as sign-in leaves it.
func account(i int) []byte {
	return fmt.Appendf(nil, `{"id":%q,"nm":"user%d","phone":"139%08d","email":"user%d@example.com","age":%d,"role":"member","sex":%d,"nickname":"Nick %d","country":"CN","province":"Beijing","city":"Haidian","passwd":"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$%043d","ct":%d,"lm":%d,"th_live":1,"note":"%0*d"}`,
		accountID(i), i, i, i, i%100, i%3, i, i, 1_700_000_000_000+i, 1_700_000_000_000+i, 540, i)
}

// million is a store with many accounts, made once a process.
type million struct {
	top   string
	bytes int64
	took  time.Duration
}

var fill = sync.OnceValue(func() million { return filled(accounts(), Options{}) })

// filled makes a store with n accounts.
func filled(n int, o Options) million {
	top, err := os.MkdirTemp("", "carya-bench-")
	if err != nil {
		panic(err)
	}
	s := openMillionOn(top, o)
	m := million{top: top}
	start := time.Now()
	batch := make([]thingset.Write, 0, 1000)
	for i := range n {
		body := account(i)
		m.bytes += int64(len(body))
		if batch = append(batch, thingset.Write{Set: "accounts", ID: accountID(i), Body: body, If: thingset.Absent}); len(batch) == cap(batch) || i == n-1 {
			if _, err := s.Commit(context.Background(), "demo", batch); err != nil {
				panic(err)
			}

			batch = make([]thingset.Write, 0, 1000)
		}
	}
	m.took = time.Since(start)
	if err := s.Close(); err != nil {
		panic(err)
	}
	return m
}

func openMillion(top string) *Store { return openMillionOn(top, Options{}) }

func openMillionOn(top string, o Options) *Store {
	dir := filepath.Join(top, "demo")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		panic(err)
	}
	o.Dir = func(string) string { return dir }
	s, err := Open(o)
	if err == nil {
		err = s.Define(context.Background(), "demo", "accounts", accountDef())
	}
	if err != nil {
		panic(err)
	}
	return s
}

// benched says that the folder of the benchmarks was made.
var benched bool

func opened(b *testing.B) (*Store, million) {
	b.Helper()
	benched = true
	m := fill()
	s := openMillion(m.top)
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s, m
}

// resident is the process's resident memory in MiB.
func resident() float64 {
	runtime.GC()
	debug.FreeOSMemory()
	return memory("VmRSS:")
}

// memory is a figure of the process's memory in MiB.
func memory(name string) float64 {
	text, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(text), name)
	kb, _ := strconv.Atoi(strings.Fields(rest)[0])
	return float64(kb) / 1024
}

func diskUse(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			if fi, err := e.Info(); err == nil {
				n += fi.Size()
			}
		}
		return nil
	})
	return n
}

// BenchmarkOpenManyAccounts opens a domain with many accounts: disk is bytes on
// disk for a byte of records, MiB what is resident then.
func BenchmarkOpenManyAccounts(b *testing.B) {
	benched = true
	m := fill()
	before := resident()
	var s *Store
	for b.Loop() {
		if s != nil {
			b.StopTimer()
			s.Close()
			b.StartTimer()
		}
		s = openMillion(m.top)
	}
	b.ReportMetric(resident()-before, "MiB")
	b.ReportMetric(float64(diskUse(m.top))/float64(m.bytes), "disk/record")
	b.ReportMetric(float64(accounts())/m.took.Seconds(), "imported/s")
	s.Close()
}

// BenchmarkVerifyManyAccounts is the doctor over many accounts, of a domain that
// nobody has open and of one that is in use: peakMiB is what is resident at most
// above what was before.
func BenchmarkVerifyManyAccounts(b *testing.B) {
	verify := func(b *testing.B, do func(report func(Fault)) error) {
		before := resident()
		if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
			b.Skip("no peak of memory here: ", err)
		}
		for b.Loop() {
			if err := do(func(f Fault) { b.Error(f) }); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(memory("VmHWM:")-before, "peakMiB")
		b.ReportMetric(float64(accounts())*float64(b.N)/b.Elapsed().Seconds(), "records/s")
	}
	b.Run("closed", func(b *testing.B) {
		benched = true
		dir := filepath.Join(fill().top, "demo")
		verify(b, func(report func(Fault)) error { return Verify(dir, false, report) })
	})
	b.Run("open", func(b *testing.B) {
		s, _ := opened(b)
		verify(b, func(report func(Fault)) error { return s.Verify("demo", false, report) })
	})
}

// BenchmarkManyAccounts looks accounts up at random: in memory those that
// were seen just now, in packs those that were not.
func BenchmarkManyAccounts(b *testing.B) {
	s, _ := opened(b)
	n := accounts()
	ctx := context.Background()
	get := func(b *testing.B, span int, look func(i int) error) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if err := look(i * 7919 % span); err != nil {
				b.Fatal(err)
			}
		}
	}
	byID := func(i int) error {
		_, err := s.Get(ctx, "demo", "accounts", accountID(i))
		return err
	}
	byPhone := func(i int) error {
		_, err := s.Find(ctx, "demo", "accounts", 1, fmt.Sprintf("139%08d", i))
		return err
	}
	b.Run("id/memory", func(b *testing.B) { get(b, 1000, byID) })
	b.Run("id/pack", func(b *testing.B) { get(b, n, byID) })
	b.Run("phone/memory", func(b *testing.B) { get(b, 1000, byPhone) })
	b.Run("phone/pack", func(b *testing.B) { get(b, n, byPhone) })
	b.Run("page of 50", func(b *testing.B) {
		from := thingset.IndexKey(nil, "age", []byte(`{"age":42}`))
		for b.Loop() {
			k := 0
			for _, err := range s.Scan(ctx, "demo", "accounts", thingset.Range{Index: "age", From: from}) {
				if err != nil {
					b.Fatal(err)
				}
				if k++; k == 50 {
					break
				}
			}
		}
	})
}

// Commits against the bare syncs of the same disk, in the same run, each 8 KB:
// of this disk, and of one whose every sync takes 2 ms longer, as ordinary SSDs
// without a battery do.
func BenchmarkManyAccountsCommit(b *testing.B) {
	for _, slow := range []time.Duration{0, 2 * time.Millisecond} {
		name := map[bool]string{true: "this disk", false: "2 ms disk"}[slow == 0]
		b.Run(name, func(b *testing.B) {
			m := fill()
			benched = true
			s := openMillionOn(m.top, Options{Disk: func(c disk.Call) (int, error) {
				if c.Op == disk.Sync || c.Op == disk.SyncAll {
					time.Sleep(slow)
				}
				return c.N, nil
			}})
			b.Cleanup(func() {
				if err := s.Close(); err != nil {
					b.Error(err)
				}
			})
			for _, writers := range []int{1, 8, 64, 256} {
				b.Run(fmt.Sprint(writers), func(b *testing.B) { benchCommits(b, s, writers, slow) })
			}
		})
	}
}

// benchCommits has so many writers at once, each waiting for its commit.
func benchCommits(b *testing.B, s *Store, writers int, slow time.Duration) {
	syncs := fsyncRate(b, slow)
	b.ReportAllocs()
	var next, left atomic.Int64
	left.Store(int64(b.N))
	used := cpuTime(b)
	b.ResetTimer()
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				i := int(next.Add(7919)) % accounts()
				if _, err := s.Commit(context.Background(), "demo", []thingset.Write{{Set: "accounts", ID: accountID(i), Body: account(i)}}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/syncs, "commits/sync")
	b.ReportMetric(float64((cpuTime(b)-used).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// fsyncRate is how often a second this disk syncs 8 KB that were written over.
func fsyncRate(b *testing.B, slow time.Duration) float64 {
	b.Helper()
	f, err := os.CreateTemp("", "carya-sync-")
	if err != nil {
		b.Fatal(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	block := make([]byte, 8<<10)
	n, start := 0, time.Now()
	for ; time.Since(start) < time.Second/2; n++ {
		if _, err := f.WriteAt(block, int64(n%64)<<13); err != nil {
			b.Fatal(err)
		}
		time.Sleep(slow)
		if err := unix.Fdatasync(int(f.Fd())); err != nil {
			b.Fatal(err)
		}
	}
	return float64(n) / time.Since(start).Seconds()
}

// cpuTime is the processor time of this process so far.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
