package pack

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// file is the name of one of a pack's files without its folder.
func file(n int, hidden bool, ext string) string {
	dot := ""
	if hidden {
		dot = "."
	}
	return fmt.Sprintf("%spack-%d.%s", dot, n, ext)
}

// newExt is in the name of what is not in the journal's state yet: nothing of it
// counts when the set is loaded, for the journal, or an older pack, has all of it.
const newExt = "new."

// Names says which packs lie in a folder, by the names in it.
func Names(names []string) (list []Name) {
	byN := map[int]*Name{}
	for _, name := range names {
		n, hidden, ext, ok := parse(name)
		if !ok {
			continue
		}
		if byN[n] == nil {
			byN[n] = &Name{N: n}
		}
		byN[n].note(hidden, ext)
	}
	for _, one := range byN {
		list = append(list, *one)
	}
	slices.SortFunc(list, func(a, b Name) int { return cmp.Compare(a.N, b.N) })
	return list
}

// Name is a pack as a folder shows it.
type Name struct {
	N      int
	Hidden bool // of the lines; of the keys when there are no lines
	Lines  bool
	Keys   bool
	Going  bool // its removal was begun, by an earlier version
	New    bool // it was begun after the last checkpoint; like Hidden it is told by the lines

	// Twice are the names of the lines when there are two: somebody has put a pack
	// there that has the number of another one.
	Twice [2]string
}

func (n *Name) note(hidden bool, ext string) {
	ext, isNew := strings.CutPrefix(ext, newExt)
	switch ext {
	case "jsonl":
		if n.Lines {
			n.Twice = [2]string{n.lines(), (&Name{N: n.N, Hidden: hidden, New: isNew}).lines()}
			slices.Sort(n.Twice[:])
		}
		n.Lines, n.Hidden, n.New = true, hidden, isNew
	case "keys":
		n.Keys = true
		n.Hidden = n.Hidden || hidden && !n.Lines
		n.New = n.New || isNew && !n.Lines
	case "gone":
		n.Going = true
	}
}

// lines is the name of the lines.
func (n *Name) lines() string {
	if n.New {
		return file(n.N, n.Hidden, newExt+"jsonl")
	}
	return file(n.N, n.Hidden, "jsonl")
}

// Taken reports whether a file of a pack of that number is there, whatever it is
// called.
func Taken(d *disk.Disk, dir string, n int) (bool, error) {
	p := &Pack{N: n, dir: dir}
	for _, name := range append(p.spellings("jsonl")[1:], p.spellings("keys")[1:]...) {
		switch _, err := d.Lstat(name); {
		case err == nil:
			return true, nil
		case !errors.Is(err, fs.ErrNotExist):
			return false, err
		}
	}
	return false, nil
}

// Counts gives a pack that counts though the journal's state does not list it a name
// that says so, durably. The keys get theirs when the pack is opened.
func Counts(d *disk.Disk, dir string, name Name) (Name, error) {
	if !name.New || d.ReadOnly() {
		return name, nil
	}
	from, to := &Pack{N: name.N, dir: dir, hidden: name.Hidden, fresh: true}, &Pack{N: name.N, dir: dir, hidden: name.Hidden}
	if err := d.Rename(from.DataFile(), to.DataFile()); err != nil {
		return name, err
	}
	name.New = false
	return name, d.SyncDir(dir)
}

// IsFile reports whether a name in a folder is one of a pack's files.
func IsFile(name string) bool {
	_, _, _, ok := parse(name)
	return ok
}

func parse(name string) (n int, hidden bool, ext string, ok bool) {
	rest, hidden := strings.CutPrefix(name, ".")
	rest, ok = strings.CutPrefix(rest, "pack-")
	num, ext, found := strings.Cut(rest, ".")
	n, err := strconv.Atoi(num)
	ok = ok && found && err == nil && n > 0 && strconv.Itoa(n) == num
	kind := strings.TrimPrefix(ext, newExt)
	return n, hidden, ext, ok && (kind == "jsonl" || kind == "keys" || ext == "gone")
}

// KeySize is the size of a pack's key file in bytes.
func KeySize(d *disk.Disk, dir string, name Name) (int64, error) {
	fi, err := d.Lstat((&Pack{N: name.N, d: d, dir: dir, hidden: name.Hidden, fresh: name.New}).KeyFile())
	if err != nil {
		return 0, err
	}
	return fi.Size(), nil
}
