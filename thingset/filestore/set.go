package filestore

import (
	"encoding/binary"
	"slices"

	"github.com/tidwall/btree"

	"github.com/caryahq/carya/thingset"
)

// set is a defined set in memory. The room's lock guards it.
type set struct {
	name    string
	def     thingset.Def
	recs    map[string]*rec
	unique  []map[string]*rec // by joined values, one for each key of def
	indexes []index
	expiry  btree.Map[string, *rec] // by expi and id
}

// rec is one version of a record. It never changes.
type rec struct {
	id   string
	rev  thingset.Rev
	body []byte
	expi int64 // Unix ms, 0 never
}

func newRec(id string, rev thingset.Rev, body []byte) *rec {
	return &rec{id, rev, body, thingset.Expi(body)}
}

func (c *rec) record() thingset.Record { return thingset.Record{ID: c.id, Rev: c.rev, Body: c.body} }

// dead reports whether a record has expired.
func (c *rec) dead(now int64) bool { return c.expi > 0 && c.expi <= now }

// expiryKey sorts by time.
func (c *rec) expiryKey() string {
	return string(binary.BigEndian.AppendUint64(nil, uint64(c.expi))) + c.id
}

// index keeps records in the order of a key's values.
type index struct {
	key  string
	tree *btree.Map[string, *rec] // by sort key and id
}

func newSet(name string, def thingset.Def) *set {
	t := &set{name: name, def: def, recs: map[string]*rec{}}
	for range def.Unique {
		t.unique = append(t.unique, map[string]*rec{})
	}
	keys := []string{"id", "ct", "lm"}
	for _, key := range def.Indexes {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		t.indexes = append(t.indexes, index{key, new(btree.Map[string, *rec])})
	}
	return t
}

// indexOf finds an index by its key.
func (t *set) indexOf(key string) *index {
	for i := range t.indexes {
		if t.indexes[i].key == key {
			return &t.indexes[i]
		}
	}
	return nil
}

// sortKey is a record's place in an index.
func (x *index) sortKey(c *rec) string {
	var buf [64]byte
	return string(append(thingset.IndexKey(buf[:0], x.key, c.body), c.id...))
}

// put takes a version of a record in, in place of the one before. Its unique
// values are free, or held by a record that has expired.
func (t *set) put(c *rec) {
	t.drop(c.id)
	t.recs[c.id] = c
	for k := range t.def.Unique {
		if v, ok := thingset.UniqueValues(t.def, k, c.body); ok {
			t.unique[k][thingset.JoinValues(v)] = c
		}
	}
	for i := range t.indexes {
		t.indexes[i].tree.Set(t.indexes[i].sortKey(c), c)
	}
	if c.expi > 0 {
		t.expiry.Set(c.expiryKey(), c)
	}
}

// drop takes a record out.
func (t *set) drop(id string) {
	c := t.recs[id]
	if c == nil {
		return
	}
	delete(t.recs, id)
	for k := range t.def.Unique {
		if v, ok := thingset.UniqueValues(t.def, k, c.body); ok {
			if joined := thingset.JoinValues(v); t.unique[k][joined] == c {
				delete(t.unique[k], joined)
			}
		}
	}
	for i := range t.indexes {
		t.indexes[i].tree.Delete(t.indexes[i].sortKey(c))
	}
	if c.expi > 0 {
		t.expiry.Delete(c.expiryKey())
	}
}

// expired are the records that have expired, soonest first, up to n.
func (t *set) expired(now int64, n int) []*rec {
	var list []*rec
	t.expiry.Scan(func(_ string, c *rec) bool {
		if !c.dead(now) || len(list) >= n {
			return false
		}
		list = append(list, c)
		return true
	})
	return list
}
