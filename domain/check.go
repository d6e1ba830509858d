package domain

import (
	"cmp"
	"io/fs"
	"slices"

	"github.com/tidwall/gjson"
)

// Check reads what people write by hand, domain.json and all metadata, and
// gives every fault and warning, sorted by place. What an engine keeps in its
// own folders, thing.json and the scripts are other rooms' to check.
func (d *Domain) Check() []Fault {
	c := &checker{d: d, ids: map[string]Path{}}
	c.config()
	d.walk("", c.dir)
	slices.SortFunc(c.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return c.faults
}

type checker struct {
	d      *Domain
	ids    map[string]Path
	faults []Fault
}

func (c *checker) warn(file Path, zh, en string, args ...any) {
	f := FaultAt(file.String(), 0, 0, Textf(zh, en, args...))
	f.Warn = true
	c.faults = append(c.faults, f)
}

func (c *checker) config() {
	src, _, err := readStamped(c.d.files, configPath, MaxText)
	if missing(err) {
		return
	}
	if err != nil {
		c.faults = append(c.faults, readFault(configPath, err))
		return
	}
	_, faults := parseConfig(string(src))
	c.faults = append(c.faults, faults...)
}

// dir checks the metadata in one directory.
func (c *checker) dir(dir Path, entries []fs.DirEntry) {
	for _, e := range entries {
		at := dir.child(e.Name())
		owner, race, ok := metaOwner(at)
		if !ok {
			continue
		}
		if race == FILE && !hasFile(entries, owner.Base()) {
			c.warn(at, "文件 %s 不存在", "there is no file %s", owner)
			continue
		}
		c.meta(at, owner)
	}
}

func (c *checker) meta(at, owner Path) {
	src, _, err := readStamped(c.d.files, at, MaxMeta)
	if err != nil {
		c.faults = append(c.faults, readFault(at, err))
		return
	}
	js, faults := parseMeta(at.String(), src)
	c.faults = append(c.faults, faults...)
	for _, m := range readMembers(js) {
		if standard(m.key) && m.key != "id" && m.key != "ct" {
			f := memberFault(at.String(), string(src), m.key, Textf("%q 是对象自身的属性，在此被忽略", "%q is the object's own and is ignored here", m.key))
			f.Warn = true
			c.faults = append(c.faults, f)
		}
	}
	id := gjson.GetBytes(js, "id").String()
	if other, twice := c.ids[id]; twice && id != "" {
		c.warn(at, "ID %s 与 %s 重复", "the id %s is %s's too", id, other)
	}
	c.ids[id] = owner
}

// readFault is that a file cannot be read.
func readFault(p Path, err error) Fault {
	e := AsError(ioError(err, p))
	if e.Detail == p.String() { // the fault names it
		e = E(e.Code)
	}
	return FaultAt(p.String(), 0, 0, TextOf(e))
}
