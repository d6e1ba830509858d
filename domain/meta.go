package domain

import (
	"fmt"
	"strings"

	"github.com/caryahq/carya/domain/relaxed"
)

// Meta is an object's metadata as a strict JSON object, its id and ct among
// them; "{}" when it has none. Broken metadata is the last good, or
// e.io.meta when there is none.
func (t *Tree) Meta(p Path) ([]byte, error) {
	e, err := t.look(p)
	if err != nil {
		return nil, err
	}
	if e.meta == nil {
		if e.metaErr != nil {
			return nil, e.metaErr
		}
		return noMeta, nil
	}
	return e.meta, nil
}

var noMeta = []byte("{}")

// SetMeta patches an object's metadata with a relaxed-JSON object: each member
// replaces the one of its key, null removes it; the order stays. An object's own
// keys (id, nm, ph, pid, race, tp, mime, len, lm) are e.io.meta; ct may be
// set. Patches of one object happen one after the other. Metadata that is
// broken is never overwritten.
func (t *Tree) SetMeta(p Path, patch []byte) error {
	ms, err := readPatch(patch)
	if err != nil {
		return err
	}
	return t.patchMeta(p, func(old members) (members, error) { return old.merge(ms), nil })
}

// ModifyMeta is SetMeta with a patch made from the metadata as it is (a strict
// JSON object); nobody changes it in between.
func (t *Tree) ModifyMeta(p Path, change func(meta []byte) (patch []byte, err error)) error {
	return t.patchMeta(p, func(old members) (members, error) {
		patch, err := change(old.json())
		if err != nil {
			return nil, err
		}
		ms, err := readPatch(patch)
		return old.merge(ms), err
	})
}

func readPatch(patch []byte) (members, error) {
	js, err := relaxed.ToJSON(string(patch))
	if err != nil {
		return nil, faultsError("e.json", []Fault{relaxedFault("metadata", string(patch), err)})
	}
	if len(js) == 0 || js[0] != '{' {
		return nil, E("e.io.meta", Text{ZH: "元数据必须是对象", EN: "metadata must be an object"})
	}
	ms := readMembers(js)
	return ms, checkPatch(ms)
}

func checkPatch(ms members) error {
	for _, m := range ms {
		if standard(m.key) && m.key != "ct" {
			return E("e.io.meta", Textf("%q 是对象自身的属性，不能设置", "%q is the object's own and cannot be set", m.key))
		}
		if msg := metaFault(m); msg != (Text{}) && m.raw != "null" {
			return E("e.io.meta", msg)
		}
	}
	return nil
}

// AssignID gives an object an id, unless it has one, and returns it. Its ct is
// stored too, since a file's own times change.
func (t *Tree) AssignID(p Path) (string, error) {
	e, err := t.look(p)
	if err != nil {
		return "", err
	}
	id := e.obj.ID
	err = t.patchMeta(p, func(old members) (members, error) {
		if i := old.index("id"); i >= 0 {
			id = strings.Trim(old[i].raw, `"`)
			return old, nil
		}
		id = NewID()
		out := members{{"id", `"` + id + `"`}}.merge(old)
		if out.index("ct") < 0 {
			out = out.put("ct", fmt.Sprint(e.obj.Created))
		}
		return out, nil
	})
	return id, err
}

// patchMeta changes an object's metadata, one writer at a time.
func (t *Tree) patchMeta(p Path, change func(members) (members, error)) error {
	if t.who == API && p != "" {
		if _, err := t.target(p); err != nil {
			return err
		}
	}
	e, err := t.look(p)
	if err != nil {
		return err
	}
	if _, _, ok := metaOwner(e.real); ok {
		return E("e.io.forbidden", Textf("%v 本身就是元数据", "%v is metadata itself", p))
	}
	if e.inert && e.obj.Race == DIR {
		return E("e.io.forbidden", Textf("%v 在数据集的 index/ 或 data/ 之下，那里的目录没有元数据", "%v lies below index/ or data/ of a ThingSet, where a folder has no metadata", p))
	}
	if t.who == API && e.obj.Race == DIR {
		change = e.withoutSite(change)
	}
	row := t.d.row(e.real)
	row.Lock()
	defer row.Unlock()
	at := metaPath(e.real, e.obj.Race)
	err = t.d.rewriteMeta(e.real, at, change)
	return ioError(err, p)
}

func (d *Domain) rewriteMeta(p, at Path, change func(members) (members, error)) error {
	d.shape.RLock()
	defer d.shape.RUnlock()
	if _, err := d.files.Lstat(p.rel()); err != nil { // removed meanwhile
		return err
	}
	old, err := d.readMeta(at)
	if err != nil {
		return err
	}
	before := readMembers(old).json()
	ms, err := change(readMembers(old))
	if err != nil {
		return err
	}
	if string(ms.json()) == string(before) {
		return nil
	}
	text := ms.pretty()
	if err := fitsMeta(at, text); err != nil {
		return err
	}
	err = d.replace(at, text)
	d.changed(at)
	return err
}

// fitsMeta refuses metadata that could not be read back.
func fitsMeta(at Path, text []byte) error {
	if len(text) > MaxMeta {
		return tooLarge(at, int64(len(text)), MaxMeta)
	}
	return nil
}
