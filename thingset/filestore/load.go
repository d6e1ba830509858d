package filestore

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
)

// load reads a set's files, and lays what the journal holds above them. A
// file that is no record is reported, left where it is, and not served.
func (r *room) load(t *set) error {
	dir, err := r.files.Open(recordDir(t.name, t.def.Plain))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return domain.Wrap(err, "e.store.damaged", t.name)
	}
	newer := map[string]version{}
	for _, v := range r.settling.of(t.name) {
		newer[v.id] = v
	}
	if err == nil {
		entries, err := dir.ReadDir(-1)
		dir.Close()
		if err != nil {
			return domain.Wrap(err, "e.store.damaged", t.name)
		}
		for _, e := range entries {
			r.loadFile(t, e, newer)
		}
	}
	for _, v := range newer {
		if v.body != nil {
			t.put(newRec(v.id, v.rev, v.body))
		}
	}
	return nil
}

// loadFile reads one record, unless the journal has a newer version.
func (r *room) loadFile(t *set, e fs.DirEntry, newer map[string]version) {
	id, ok := recordID(e.Name(), t.def.Plain)
	if !ok || !e.Type().IsRegular() || thingset.CheckID(id) != nil {
		return
	}
	if _, ok := newer[id]; ok {
		return
	}
	file := recordFile(t.name, id, t.def.Plain)
	body, err := r.readRecord(file, id)
	if err == nil {
		err = t.taken(body)
	}
	if err != nil {
		r.s.o.Log.Warn("a record cannot be read; it is left out", "domain", r.dom, "file", "~/"+file, "err", err)
		return
	}
	t.put(newRec(id, r.journal.base, body))
}

// readRecord reads a record that a person may have edited.
func (r *room) readRecord(file, id string) ([]byte, error) {
	text, err := r.files.ReadFile(file)
	if err != nil {
		return nil, err
	}
	body, err := relaxed.ToJSON(string(text))
	if err != nil {
		return nil, err
	}
	if got := gjson.GetBytes(body, "id").String(); got != id {
		return nil, fmt.Errorf("its id is %q", got)
	}
	return body, nil
}

// taken refuses a record whose unique values another one holds.
func (t *set) taken(body []byte) error {
	for k, names := range t.def.Unique {
		if v, ok := thingset.UniqueValues(t.def, k, body); ok && t.unique[k][thingset.JoinValues(v)] != nil {
			return thingset.Duplicated(names)
		}
	}
	return nil
}
