package filestore

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"

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

	bad  map[string]*lastGood  // by id
	was  map[string]rows.Stamp // what the system said of those files when they were looked at last
	read int                   // bytes since memory was given back
	def  []byte                // by which the last keys were made, when it is not in use
	sums map[string]textSum    // of the texts that are records, by id, when it is not in use
}

// mostRead is how many bytes of own files are read before memory is given back: in a
// server with large sets the garbage of millions of files would grow as large.
const mostRead = 8 << 20

// lastGood is where the last good version of a record lies.
type lastGood struct {
	pack *pack.View // nil: nowhere
	line rows.Place
}

// editLooks is how often a file is looked at that is another one each time: somebody
// saves it over and over.
const editLooks = 10

// owns verifies own files. What is no record is looked at once more, when an editor
// should be done with it; it counts when nobody has touched it meanwhile.
func (v *verifier) owns(o *owns) error {
	o.verifier, o.bad, o.was, o.sums = v, map[string]*lastGood{}, map[string]rows.Stamp{}, map[string]textSum{}
	var ids []string
	err := v.each(o.dir, func(e fs.DirEntry) error {
		if id, ok := ownID(e.Name(), o.plain); ok && !(e.IsDir() && o.plain) && o.wrong(id) != nil {
			ids = append(ids, id)
			o.bad[id] = &lastGood{}
		}
		return nil
	})
	if err != nil {
		return err
	}
	refused, err := o.firstRefused(len(ids) > 0)
	if err != nil {
		return err
	}
	for looks := 0; len(ids)+len(refused) > 0 && looks < editLooks; looks++ {
		v.wait()
		again, err := o.refused(refused)
		if err != nil {
			return err
		}
		o.tellRefused(again)
		refused = nil
		if ids, err = o.still(ids); err != nil {
			return err
		}
	}
	return nil
}

// firstRefused finds the edits that do not count, and the last good versions of them and of
// what is no record.
func (o *owns) firstRefused(bad bool) ([]string, error) {
	ids, err := o.suspects()
	if err != nil || len(ids) == 0 && !bad {
		return nil, err
	}
	for _, id := range ids {
		if o.bad[id] == nil {
			o.bad[id] = &lastGood{}
		}
	}
	if err := o.lastGood(); err != nil {
		return nil, err
	}
	list, err := o.refused(ids)
	return slices.Collect(maps.Keys(list)), err
}

// still looks at files once more, and gives the ids of those that are no good and
// were saved meanwhile.
func (o *owns) still(ids []string) (saved []string, err error) {
	for _, id := range ids {
		again, err := o.again(id)
		if err != nil {
			return nil, err
		}
		if again {
			saved = append(saved, id)
		}
	}
	return saved, nil
}

func (o *owns) file(id string) string { return o.dir + "/" + ownName(id, o.plain) }

// wrong says why a record's own file is none. It is nil too when the journal has
// the record, and knows what a crash may have left. In a plain set a folder is another
// set's.
func (o *owns) wrong(id string) error {
	text, fi, err := o.d.ReadWithin(o.file(id), maxText)
	if o.read += len(text); o.read > mostRead {
		o.read = 0
		runtime.GC()
	}
	if fi == nil && err == nil || fi != nil && fi.IsDir() && o.plain || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		_, err = readText(text, id)
	}
	if err == nil {
		o.notes(id, text)
	}
	if err == nil || o.asWritten(id, text) || o.t == nil && o.known.Writes(o.set, []byte(id)) {
		return nil
	}
	if fi != nil {
		o.was[id] = stampOf(fi, nil)
	}
	return err
}

// again looks at a file once more, reports and mends it. One that was saved since the
// last look is left to another.
func (o *owns) again(id string) (saved bool, err error) {
	was := o.was[id]
	bad := o.wrongNow(id)
	if bad == nil {
		return false, nil
	}
	if !alike(o.was[id], was) {
		return true, nil
	}
	f := Fault{File: o.file(id), Offset: -1, Msg: domain.Textf("不是记录：%v", "no record: %v", bad)}
	if link, ok := o.linkOut(bad); ok {
		f = link
	}
	if o.repair {
		return false, o.mend(f, id)
	}
	o.report(f)
	return false, nil
}

// wrongNow is wrong while nothing is flushed. What waits to be flushed is not wrong.
func (o *owns) wrongNow(id string) error {
	if o.t == nil {
		return o.wrong(id)
	}
	o.room.busy.Lock()
	defer o.room.busy.Unlock()
	err := o.wrong(id)
	if o.room.onItsWay(o.t, id) {
		return nil
	}
	return err
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
func (o *owns) mend(f Fault, id string) error {
	file := o.file(id)
	if _, _, err := o.d.ReadWithin(file, maxText); err != nil {
		o.report(f)
		return nil // then it stays as it is
	}
	kept, err := o.d.Keep(file, path.Dir(file)+"/."+path.Base(file)+".broken")
	if err != nil {
		return err
	}
	f.Repaired = true
	f.add("；原样保存为 ~/%s", "; kept as ~/%s", kept)
	at, line := o.bad[id], []byte(nil)
	if at.pack != nil {
		line = at.pack.Line(at.line)
	}
	if line == nil {
		o.report(f)
		return o.d.Remove(file)
	}
	f.add("，已恢复最近的完好版本", ", the last good version is back")
	o.report(f)
	return o.d.WriteFile(file, recordText(line), ownMode)
}
