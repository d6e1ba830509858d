package transfer

import (
	"bytes"
	"errors"
	"fmt"

	"os"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
)

// purse counts what a workbook takes, up to a bound.
type purse struct {
	memory, disk         int64
	mostMemory, mostDisk int64
}

func (p *purse) room(dir string) Room {
	busy := domain.E("e.busy")
	return Room{Dir: dir,
		Memory: func(n int) error {
			if p.memory += int64(n); p.memory > p.mostMemory {
				return busy
			}
			return nil
		},
		Disk: func(n int64) error {
			if p.disk += n; p.disk > p.mostDisk {
				return busy
			}
			return nil
		}}
}

func left(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return len(entries)
}

// A workbook takes its room, of memory and of disk, in the folder that it is given, and
// leaves nothing there: read, written, refused, or given up.
func TestAWorkbookTakesItsRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/of/a/domain"
	all := int64(1 << 40)
	written := func(p *purse, rows int) (text string, err error) {
		var out bytes.Buffer
		w, err := NewWriter(XLSX, &out, []Column{{Path: "a"}, {Path: "b"}}, p.room(dir))
		if err != nil {
			return "", err
		}
		defer Discard(w)
		doc := []byte(fmt.Sprintf(`{"a":%q,"b":"x"}`, strings.Repeat("x", 1000)))
		for range rows {
			if err := w.Write(doc); err != nil {
				return "", err
			}
		}
		return out.String(), w.Close()
	}
	p := &purse{mostMemory: all, mostDisk: all}
	if _, err := written(p, 40_000); err != nil || p.memory < spillXML || p.disk < spillXML || left(t, dir) != 0 {
		t.Errorf("written: %v, %d of memory, %d of disk, %d files left", err, p.memory, p.disk, left(t, dir))
	}
	if _, err := written(&purse{mostMemory: all, mostDisk: 1 << 20}, 40_000); domain.CodeOf(err) != "e.busy" || left(t, dir) != 0 {
		t.Errorf("no disk to write: %v, %d files left", err, left(t, dir))
	}
	large := bigBook(t)
	read := func(p *purse, most int) (n int, err error) {
		for row, e := range Read(XLSX, strings.NewReader(large), p.room(dir)) {
			if err = errors.Join(e, row.Err); err != nil || n == most {
				return n, err
			}
			n++
		}
		return n, nil
	}
	p = &purse{mostMemory: all, mostDisk: all}
	if n, err := read(p, 1<<20); err != nil || n == 0 || p.memory < int64(len(large)) || p.disk < int64(len(large))+spillXML || left(t, dir) != 0 {
		t.Errorf("read: %d rows, %v, %d of memory, %d of disk, %d files left", n, err, p.memory, p.disk, left(t, dir))
	}
	if n, err := read(p, 3); n != 3 || err != nil || left(t, dir) != 0 {
		t.Errorf("given up: %d rows, %v, %d files left", n, err, left(t, dir))
	}
	for name, p := range map[string]*purse{
		"memory": {mostMemory: 1000, mostDisk: all}, "disk for the file": {mostMemory: all, mostDisk: 1000},
		"disk for the sheet": {mostMemory: all, mostDisk: int64(len(large)) + spillXML/2},
	} {
		if _, err := read(p, 1); domain.CodeOf(err) != "e.busy" || left(t, dir) != 0 {
			t.Errorf("no %s: %v, %d files left", name, err, left(t, dir))
		}
	}
}

// bigBook is a workbook whose sheet is unpacked to a file.
func bigBook(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(XLSX, &out, []Column{{Path: "a"}}, Room{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	doc := []byte(`{"a":"` + strings.Repeat("x", 4000) + `"}`)
	for range 6000 {
		if err := w.Write(doc); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
