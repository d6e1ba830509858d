package filestore

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

// keyFrames are the offsets of the frames of entries in a key file of the set accounts.
func (f *frail) keyFrames(n int) (at []int64) {
	f.Helper()
	data, err := os.Open(f.packFile(n, "keys"))
	if err != nil {
		f.Fatal(err)
	}
	defer data.Close()
	fi, err := data.Stat()
	if err != nil {
		f.Fatal(err)
	}
	r := frame.NewReader(data, n, fi.Size())
	for off := int64(0); off < fi.Size(); {
		payload, size, ok, err := r.At(off)
		if err != nil || !ok {
			f.Fatal(off, err)
		}
		if payload[0] == 'E' {
			at = append(at, off)
		}
		off += int64(size)
	}
	return at
}

func (f *frail) packFile(n int, ext string) string {
	return filepath.Join(f.top, fmt.Sprintf("demo/accounts/index/pack-%d.%s", n, ext))
}

// wipe has a frame of keys be all zeros.
func (f *frail) wipe(n int, frames ...int) {
	f.Helper()
	at := f.keyFrames(n)
	data, err := os.ReadFile(f.packFile(n, "keys"))
	if err != nil {
		f.Fatal(err)
	}
	at = append(at, int64(len(data)))
	for _, i := range frames {
		if i < 0 {
			i += len(at) - 1
		}
		clear(data[at[i]:at[i+1]])
	}
	if err := os.WriteFile(f.packFile(n, "keys"), data, 0o600); err != nil {
		f.Fatal(err)
	}
}

// repaired has the doctor repair the domain, and gives what it says.
func (f *frail) repaired() (said string) {
	f.Helper()
	for _, one := range verify(f.T, f.top, true) {
		said += one.String() + "\n"
	}
	if list := verify(f.T, f.top, false); len(list) > 0 {
		f.Errorf("after the repair: %v", list)
	}
	return said
}

// sole is one record a round, so that each has its frame.
func (f *frail) sole(ids []int, n int) {
	f.Helper()
	for _, i := range ids {
		f.put(i, i+1, n)
		f.rounds(1)
	}
}

// The newest version of a record counts though the entry that told of it is lost, when a
// sound entry tells of an older one: in the same pack, or in one before.
func TestALaterLineWinsOverTheEntryOfAnOlderOne(t *testing.T) {
	t.Parallel()
	for _, full := range []int64{1 << 30, 1500} {
		f := newFrail(t)
		f.s.full, f.s.deadMin = full, 1<<30
		f.sole([]int{0, 1, 2, 3}, 0)
		f.sole([]int{0, 4}, 1000)
		f.ended()
		list := packsIn(t, f.top)
		n := list[len(list)-1].N
		if full > 1500 != (n == 1) {
			t.Fatal(list)
		}
		f.wipe(n, -2) // of r000
		f.repaired()
		f.holds(f.top)
	}
}

// An older line does not win over the entry of a newer one, in the same pack or in one
// behind, nor over that of its delete.
func TestAnOlderLineDoesNotWin(t *testing.T) {
	t.Parallel()
	for _, full := range []int64{1 << 30, 1500} {
		for _, deleted := range []bool{false, true} {
			f := newFrail(t)
			f.s.full, f.s.deadMin = full, 1<<30
			f.sole([]int{0, 1, 2, 3}, 0)
			f.sole([]int{0, 4}, 1000)
			if deleted {
				f.drop(0)
			} else {
				f.sole([]int{0}, 2000)
			}
			f.sole([]int{5}, 0)
			f.ended()
			n, at := 1, []int{0, 4}
			if full == 1500 {
				if n = 2; len(packsIn(t, f.top)) < 3 {
					t.Fatal(packsIn(t, f.top))
				}
				at = []int{1}
			}
			f.wipe(n, at...)
			f.repaired()
			f.holds(f.top)
		}
	}
}

// Of a record that was deleted and made again the lines of before and behind are told from
// each other.
func TestALineBehindADeleteCounts(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.s.deadMin = 1 << 30
	f.sole([]int{0, 1}, 0)
	f.drop(0, 1)
	f.rounds(1)
	f.sole([]int{2}, 0)
	f.sole([]int{0, 3}, 500)
	f.ended()
	f.wipe(1, 0, 1, 4) // the first two, and r000 once more
	f.repaired()
	f.holds(f.top)
}

// A delete of which no entry tells any more is known from the journal, as far as it is kept
// for the feed.
func TestADeleteIsKnownFromTheJournal(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	_ = f.s.Close()
	f.s = f.engine(f.top, f.disk.hook)
	f.s.manual, f.s.deadMin, f.s.stepRows, f.s.o.FeedBytes = true, 1<<30, 2, 1<<20
	definePacked(t, f.s)
	f.sole([]int{0, 1, 2}, 0)
	f.drop(0)
	f.rounds(1)
	f.sole([]int{3}, 0)
	f.sole([]int{1}, 700)
	f.drop(1)
	f.rounds(1)
	f.ended()
	f.wipe(1, -4, -2, -1) // both deletes and a version
	f.repaired()
	f.holds(f.top)
}

// Where a damaged frame can be read in part, that counts: a delete, and which entry is hurt.
func TestWhatCanBeReadOfADamagedFrameCounts(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.s.deadMin, f.s.stepRows = 1<<30, 100
	f.put(0, 6, 0)
	f.rounds(1)
	f.put(0, 3, 100)
	f.drop(4, 5)
	f.rounds(1)
	f.put(6, 7, 0)
	f.rounds(1)
	f.ended()
	at := f.keyFrames(1)
	flip(t, f.packFile(1, "keys"), int(at[1])+20) // in the first entry
	said := f.repaired()
	f.holds(f.top)
	if !strings.Contains(said, "r004") || !strings.Contains(said, "r005") {
		t.Errorf("the deletes that were believed are not named: %s", said)
	}
}

// A line that does not fit its checksum does not count, though it is a record to look at.
func TestADamagedLineDoesNotCount(t *testing.T) {
	t.Parallel()
	f := newFrail(t)
	f.put(0, 3, 0)
	f.rounds(1)
	f.ended()
	text, err := os.ReadFile(f.packFile(1, "jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	flip(t, f.packFile(1, "jsonl"), strings.Index(string(text), `"r000"`)+60)
	if said := f.repaired(); !strings.Contains(said, "r000") {
		t.Error(said)
	}
	delete(f.want, "r000")
	f.holds(f.top)
}

// Whatever of a key file is damaged: what was acknowledged last is there after a repair, or
// the repair names the record.
func TestARepairNamesWhatItCannotDecide(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`r\d\d\d`)
	for seed := range uint64(rounds(60)) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		f := newFrail(t)
		f.s.full, f.s.deadMin, f.s.stepRows = 3000+rnd.Int64N(20_000), 500+rnd.Int64N(8000), 1+rnd.IntN(4)
		deleted := map[string]bool{}
		for range 20 + rnd.IntN(30) {
			switch i := rnd.IntN(12); {
			case rnd.IntN(4) > 0:
				f.put(i, min(i+1+rnd.IntN(2), 12), rnd.IntN(50)*1000)
			case f.want[fmt.Sprintf("r%03d", i)] > 0:
				f.drop(i)
				deleted[fmt.Sprintf("r%03d", i)] = true
			}
			if rnd.IntN(2) == 0 {
				f.rounds(1)
			}
		}
		f.rounds(1 + rnd.IntN(3))
		f.ended()
		list := packsIn(t, f.top)
		if len(list) == 0 {
			continue
		}
		file := f.packFile(list[rnd.IntN(len(list))].N, "keys")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		blank := rnd.IntN(3)
		switch at := rnd.IntN(len(data)); blank {
		case 0:
			data[at] ^= 1 << rnd.IntN(8)
		case 1:
			clear(data[at:min(len(data), at/512*512+512)])
		case 2:
			data = data[:at]
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		said := f.repaired()
		names := named.FindAllString(said, -1)
		s := f.open(f.top, nil)
		got := map[string]int{}
		for rec, err := range s.Scan(t.Context(), "demo", "accounts", thingset.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			got[rec.ID] = int(gjson.GetBytes(rec.Body, "n").Int())
		}
		for i := range 12 {
			id := fmt.Sprintf("r%03d", i)
			was, there := f.want[id]
			is, now := got[id]
			switch {
			case slices.Contains(names, id), there == now && was == is:
			case !there && deleted[id] && strings.Contains(said, "may be back"):
			default:
				t.Errorf("seed %d, %d: %s was %d (%t), is %d (%t)\n%s", seed, blank, id, was, there, is, now, said)
			}
		}
		_ = s.Close()
		if t.Failed() {
			return
		}
	}
}
