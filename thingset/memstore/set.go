package memstore

import (
	"bytes"

	"github.com/caryahq/carya/thingset"
	"github.com/tidwall/btree"
	"github.com/tidwall/gjson"
)

// set is the records of one set with its indexes.
type set struct {
	def     thingset.Def
	defined bool
	records map[string]thingset.Record
	unique  []map[string]string // a key's joined values to the id that holds them
	indexes map[string]*btree.BTreeG[entry]
}

// entry is a record's place in an index, and the record, so that a copy of the
// index is a snapshot.
type entry struct {
	key []byte
	id  string
	rec thingset.Record
}

func (a entry) less(b entry) bool {
	if c := bytes.Compare(a.key, b.key); c != 0 {
		return c < 0
	}
	return a.id < b.id
}

// newSet makes a set of records. It fails when they break a unique key.
func newSet(def thingset.Def, records map[string]thingset.Record) (*set, error) {
	t := &set{def: def, defined: true, records: map[string]thingset.Record{}, indexes: map[string]*btree.BTreeG[entry]{}}
	for range def.Unique {
		t.unique = append(t.unique, map[string]string{})
	}
	for _, name := range append([]string{"id", "ct", "lm"}, def.Indexes...) {
		t.indexes[name] = btree.NewBTreeGOptions(entry.less, btree.Options{NoLocks: true})
	}
	for _, rec := range records {
		if key := t.taken(rec); key >= 0 {
			return nil, thingset.Duplicated(def.Unique[key])
		}
		t.put(rec)
	}
	return t, nil
}

// taken is the number of a unique key that another record holds; -1 when none.
func (t *set) taken(rec thingset.Record) int {
	for key := range t.def.Unique {
		values, ok := thingset.UniqueValues(t.def, key, rec.Body)
		if !ok {
			continue
		}
		if id, ok := t.unique[key][thingset.JoinValues(values)]; ok && id != rec.ID {
			return key
		}
	}
	return -1
}

func (t *set) put(rec thingset.Record) {
	t.records[rec.ID] = rec
	for key, held := range t.unique {
		if values, ok := thingset.UniqueValues(t.def, key, rec.Body); ok {
			held[thingset.JoinValues(values)] = rec.ID
		}
	}
	for name, index := range t.indexes {
		index.Set(entryOf(name, rec))
	}
}

func (t *set) remove(id string) {
	rec, ok := t.records[id]
	if !ok {
		return
	}
	delete(t.records, id)
	for key, held := range t.unique {
		if values, ok := thingset.UniqueValues(t.def, key, rec.Body); ok {
			delete(held, thingset.JoinValues(values))
		}
	}
	for name, index := range t.indexes {
		index.Delete(entryOf(name, rec))
	}
}

func entryOf(index string, rec thingset.Record) entry {
	if index == "id" {
		return entry{thingset.SortKey(nil, gjson.Result{Type: gjson.String, Str: rec.ID}), rec.ID, rec}
	}
	return entry{thingset.IndexKey(nil, index, rec.Body), rec.ID, rec}
}
