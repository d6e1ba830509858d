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

// file is the name that one of a pack's files gets, without its folder. It has it for
// life, and it says nothing: those of small sets are hidden so that people see records.
func file(n int, hidden bool, ext string) string {
	dot := ""
	if hidden {
		dot = "."
	}
	return fmt.Sprintf("%spack-%d.%s", dot, n, ext)
}

// newExt is in names that earlier versions gave to a pack that the journal's state did
// not list yet.
const newExt = "new."

// spellings are the paths that a file of a pack may have.
func spellings(dir string, n int, ext string) (list []string) {
	for _, hidden := range []bool{false, true} {
		list = append(list, dir+"/"+file(n, hidden, ext), dir+"/"+file(n, hidden, newExt+ext))
	}
	return list
}

// Name is a pack as a folder shows it.
type Name struct {
	N     int
	Lines string // the name of the file of lines; empty when there is none
	Keys  string // that of the keys
	Going bool   // its removal was begun, by an earlier version

	// Twice are the names of the lines when there are two: somebody has put a pack
	// there that has the number of another one.
	Twice [2]string
}

// Names says which packs lie in a folder, by the names in it.
func Names(names []string) (list []Name) {
	byN := map[int]*Name{}
	for _, name := range slices.Sorted(slices.Values(names)) {
		n, kind, ok := parse(name)
		if !ok {
			continue
		}
		if byN[n] == nil {
			byN[n] = &Name{N: n}
		}
		byN[n].note(name, kind)
	}
	for _, one := range byN {
		list = append(list, *one)
	}
	slices.SortFunc(list, func(a, b Name) int { return cmp.Compare(a.N, b.N) })
	return list
}

// note takes one of the pack's files in. Of two files of keys that counts which is
// called like the lines.
func (n *Name) note(name, kind string) {
	switch {
	case kind == "gone":
		n.Going = true
	case kind == "keys" && (n.Keys == "" || n.Lines != "" && stem(name) == stem(n.Lines)):
		n.Keys = name
	case kind == "jsonl" && n.Lines != "":
		n.Twice = [2]string{n.Lines, name}
	case kind == "jsonl":
		n.Lines = name
	}
}

func stem(name string) string { return name[:strings.LastIndexByte(name, '.')] }

// Hidden reports whether the lines are hidden, or the keys when there are no lines.
func (n *Name) Hidden() bool { return strings.HasPrefix(cmp.Or(n.Lines, n.Keys), ".") }

// New reports whether an earlier version has called the pack new.
func (n *Name) New() bool { return strings.Contains(cmp.Or(n.Lines, n.Keys), "."+newExt) }

// lines is the name of the lines that are there, or to be; keys is that of the keys.
func (n *Name) lines() string { return cmp.Or(n.Lines, file(n.N, n.Hidden(), "jsonl")) }
func (n *Name) keys() string  { return cmp.Or(n.Keys, file(n.N, n.Hidden(), "keys")) }

// Taken reports whether a file of a pack of that number is there, whatever it is
// called.
func Taken(d *disk.Disk, dir string, n int) (bool, error) {
	for _, name := range append(spellings(dir, n, "jsonl"), spellings(dir, n, "keys")...) {
		switch _, err := d.Lstat(name); {
		case err == nil:
			return true, nil
		case !errors.Is(err, fs.ErrNotExist):
			return false, err
		}
	}
	return false, nil
}

// Empty reports whether there is nothing in the files of a pack, whatever they are called.
func Empty(d *disk.Disk, dir string, n int) (bool, error) {
	for _, name := range append(spellings(dir, n, "jsonl"), spellings(dir, n, "keys")...) {
		fi, err := d.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || fi.Size() > 0 {
			return false, err
		}
	}
	return true, nil
}

// IsFile reports whether a name in a folder is one of a pack's files.
func IsFile(name string) bool {
	_, _, ok := parse(name)
	return ok
}

// parse gives the number of a pack by the name of one of its files, and the kind of the
// file: jsonl, keys, or gone.
func parse(name string) (n int, kind string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(name, "."), "pack-")
	num, ext, found := strings.Cut(rest, ".")
	n, err := strconv.Atoi(num)
	ok = ok && found && err == nil && n > 0 && strconv.Itoa(n) == num
	kind = strings.TrimPrefix(ext, newExt)
	return n, kind, ok && (kind == "jsonl" || kind == "keys" || ext == "gone")
}

// KeySize is the size of a pack's key file in bytes.
func KeySize(d *disk.Disk, dir string, name Name) (int64, error) {
	fi, err := d.Lstat(dir + "/" + name.keys())
	if err != nil {
		return 0, err
	}
	return fi.Size(), nil
}
