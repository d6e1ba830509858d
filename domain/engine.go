package domain

import (
	"io/fs"
	"strconv"
	"strings"
)

// journalDir is the store's own altogether.
const journalDir Path = dotDomain + "/journal"

// engines reports whether p, which has no links, is the store's: nobody else
// writes there. Of a set's index/ only the records' own files are not, which people
// may edit. isSet reports whether a folder is a ThingSet.
func engines(p Path, isSet func(Path) bool) bool {
	if p.Below(journalDir) || p.Below(dotDomain) && isPack(p.Base()) {
		return true
	}
	part, rest := storesPart(p, isSet)
	return part == "index" && !isOwnFile(rest)
}

// storesPart is the folder of the outermost ThingSet that p lies in, "index" or
// "data", and what of p lies below it; "" when p lies in none.
func storesPart(p Path, isSet func(Path) bool) (part, rest string) {
	for at := 0; ; {
		seg, rest, more := strings.Cut(string(p[at:]), "/")
		if part := spelled(seg); (part == "index" || part == "data") && isSet(Path(strings.TrimSuffix(string(p[:at]), "/"))) {
			return part, rest
		}
		if !more {
			return "", ""
		}
		at += len(seg) + 1
	}
}

// isOwnFile reports whether a name below index/ can be that of a record's own file,
// or of what is kept beside one that was broken.
func isOwnFile(name string) bool {
	if strings.Contains(name, "/") {
		return false
	}
	return strings.HasSuffix(name, ".json") && !strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".json.broken")
}

// isPack reports whether a name is one of a pack's files, hidden or not.
func isPack(name string) bool {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(name, "."), "pack-")
	num, ext, found := strings.Cut(rest, ".")
	n, err := strconv.Atoi(num)
	return ok && found && err == nil && n > 0 && (ext == "jsonl" || ext == "keys" || ext == "gone")
}

// isSet reports whether a folder holds a thing.json.
func (d *Domain) isSet(p Path) bool {
	fi, err := d.files.Lstat(string(p.child(thingJSON)))
	return err == nil && fi.Mode()&fs.ModeType == 0
}

// MayWrite is nil when a file may be written at p once the folders that isSet names are
// ThingSets too, or else the error that it would be.
func (t *Tree) MayWrite(p Path, isSet func(Path) bool) error {
	if _, err := t.target(p); err != nil {
		return err
	}
	sets := func(dir Path) bool { return isSet(dir) || t.d.isSet(dir) }
	switch {
	case engines(p, sets):
		return storesOwn(p)
	case refusesName(p, sets):
		return noName(p)
	}
	return nil
}

func storesOwn(p Path) error {
	return E("e.io.forbidden", Textf("%v 由存储引擎管理，请用 thing 命令", "%v is the store's own; use thing", p))
}

func noName(p Path) error {
	return E("e.io.forbidden", Textf("%v：数据集的 data/ 之下不能有带特殊含义的名字", "%v: below data/ of a ThingSet no name may mean something", p))
}
