package filestore

import (
	"unsafe"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// prepared is what can be told of a write without the state of the store. Whoever
// commits makes it before waiting for a turn: the leader of a group has the
// less to do, and all processors help.
type prepared struct {
	shape *rows.Shape // of the keys; nil when the set was not there
	keys  rows.Keys
	sum   uint32 // of the body
	err   error  // why the body is no record
}

// prepare prepares a batch's writes.
func (r *room) prepare(c *commit) {
	if c.ready = c.one[:0]; len(c.batch) > 1 {
		c.ready = make([]prepared, 0, len(c.batch))
	}
	var name string
	var shape *rows.Shape
	for i, w := range c.batch {
		if i == 0 || w.Set != name {
			name, shape = w.Set, r.shapeOf(w.Set)
		}
		c.ready = append(c.ready, prepareWrite(shape, w))
	}
}

// shapeOf is the shape of a set's keys now, nil when there is no such set.
func (r *room) shapeOf(set string) *rows.Shape {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if t := r.sets[set]; t != nil {
		return t.rows.Shape()
	}
	return nil
}

func prepareWrite(shape *rows.Shape, w thingset.Write) prepared {
	if w.Body == nil || shape == nil {
		return prepared{shape: shape}
	}
	if err := checkBody(w); err != nil {
		return prepared{shape: shape, err: err}
	}
	return prepared{shape: shape, keys: shape.AppendKeys(nil, w.ID, w.Body), sum: frame.Sum(w.Body)}
}

// checkBody refuses what is no record.
func checkBody(w thingset.Write) error {
	if err := thingset.CheckBody(w.ID, w.Body); err != nil {
		return err
	}
	if !isRecord(w.Body, w.ID) {
		return domain.E("e.json", domain.Textf("记录必须是含有自身 ID 的 JSON 对象：%v", "a record is a JSON object that holds its id: %v", w.ID))
	}
	return nil
}

func isRecord(body []byte, id string) bool {
	if !relaxed.Valid(body) {
		return false
	}
	v := gjson.Get(unsafe.String(unsafe.SliceData(body), len(body)), "id")
	return v.Type == gjson.String && v.Str == id
}

// of is write i of a commit as prepared for a set; one that was defined otherwise
// meanwhile is prepared once more.
func (c *commit) of(i int, t *set) prepared {
	if p := c.ready[i]; p.shape == t.rows.Shape() {
		return p
	}
	c.ready[i] = prepareWrite(t.rows.Shape(), c.batch[i])
	return c.ready[i]
}
