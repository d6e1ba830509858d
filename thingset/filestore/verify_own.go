package filestore

import (
	"errors"
	"io/fs"
	"path"
	"runtime"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// owns verifies the own files of a set's records.
type owns struct {
	*verifier
	dir, set string
	plain    bool

	t     *set // when it is in use
	views []*pack.View

	bad  map[string]*lastGood // by id
	read int                  // bytes since memory was given back
}

// mostRead is how many bytes of own files are read before memory is given back: in a
// server with large sets the garbage of millions of files would grow as large.
const mostRead = 8 << 20

// lastGood is where the last good version of a record lies.
type lastGood struct {
	pack *pack.View // nil: nowhere
	line rows.Place
}

// owns verifies own files. What is no record is looked at once more, when an editor
// should be done with it.
func (v *verifier) owns(o *owns) error {
	o.verifier, o.bad = v, map[string]*lastGood{}
	var ids []string
	err := v.each(o.dir, func(e fs.DirEntry) error {
		if id, ok := ownID(e.Name(), o.plain); ok && !e.IsDir() && o.wrong(id) != nil {
			ids = append(ids, id)
			o.bad[id] = &lastGood{}
		}
		return nil
	})
	if err != nil || len(ids) == 0 {
		return err
	}
	v.wait()
	if err := o.lastGood(); err != nil {
		return err
	}
	for _, id := range ids {
		if err := o.again(id); err != nil {
			return err
		}
	}
	return nil
}

func (o *owns) file(id string) string { return o.dir + "/" + ownName(id, o.plain) }

// wrong says why a record's own file is none. It is nil too when the journal has
// the record, and knows what a crash may have left.
func (o *owns) wrong(id string) error {
	text, fi, err := o.d.ReadWithin(o.file(id), maxText)
	if o.read += len(text); o.read > mostRead {
		o.read = 0
		runtime.GC()
	}
	if fi == nil && err == nil || fi != nil && fi.IsDir() || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		_, err = readText(text, id)
	}
	if err == nil || o.asWritten(id, text) || o.t == nil && o.known.Writes(o.set, []byte(id)) {
		return nil
	}
	return err
}

// again looks at a file once more, reports and mends it.
func (o *owns) again(id string) error {
	if o.t != nil {
		o.room.busy.Lock()
	}
	err := o.wrong(id)
	if o.t != nil {
		if o.room.onItsWay(o.t, id) {
			err = nil
		}
		o.room.busy.Unlock()
	}
	if err == nil {
		return nil
	}
	f := Fault{File: o.file(id), Offset: -1, Msg: domain.Textf("不是记录：%v", "no record: %v", err)}
	if o.repair {
		if err := o.mend(&f, id); err != nil {
			return err
		}
	}
	o.report(f)
	return nil
}

// onItsWay reports whether a record's own file is not yet what it is to be: it
// waits to be settled, or a crash has left it. The caller holds busy.
func (r *room) onItsWay(t *set, id string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if _, gone := t.gone[id]; gone || len(t.older[id]) > 0 {
		return true
	}
	_, dirty := t.dirty[t.rows.Find(id)]
	return dirty
}

// lastGood finds the last good versions of the records whose files are bad.
func (o *owns) lastGood() error {
	for _, one := range o.views {
		err := one.Entries(func(e pack.Entry) error {
			id, _ := entryID(e)
			at := o.bad[string(id)]
			switch {
			case at == nil:
			case e.Kind == pack.Gone:
				*at = lastGood{}
			case e.Kind != pack.Own:
				*at = lastGood{one, e.Line}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// mend sets a broken file aside, and puts the last good version in its place
// where a pack has one.
func (o *owns) mend(f *Fault, id string) error {
	file := o.file(id)
	text, _, err := o.d.ReadWithin(file, maxText)
	if err != nil {
		return nil // then it stays as it is
	}
	kept := path.Dir(file) + "/." + path.Base(file) + ".broken"
	if err := o.d.WriteFile(kept, text, 0o600); err != nil {
		return err
	}
	f.Repaired = true
	f.add("；原样保存为 ~/%s", "; kept as ~/%s", kept)
	at := o.bad[id]
	if at.pack == nil {
		return o.d.Remove(file)
	}
	line := at.pack.Line(at.line)
	if line == nil {
		return o.d.Remove(file)
	}
	f.add("，已恢复最近的完好版本", ", the last good version is back")
	return o.d.WriteFile(file, recordText(line), ownMode)
}
