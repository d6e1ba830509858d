package pack

import (
	"cmp"
	"fmt"
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
}

func (n *Name) note(hidden bool, ext string) {
	ext, isNew := strings.CutPrefix(ext, newExt)
	switch ext {
	case "jsonl":
		n.Lines, n.Hidden, n.New = true, hidden, isNew
	case "keys":
		n.Keys = true
		n.Hidden = n.Hidden || hidden && !n.Lines
		n.New = n.New || isNew && !n.Lines
	case "gone":
		n.Going = true
	}
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
