package thingset

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// maxTries is how often a change is tried again when another came between.
const maxTries = 100

// Set is a ThingSet that is open, or a plain set of records. It may be used from
// many goroutines; after a change of thing.json DB.Set gives another.
type Set struct {
	db     *DB
	path   domain.Path
	name   string // of the set in the store
	schema *Schema
	def    Def
	plain  bool
	file   *domain.Object // thing.json as it was read
}

// at is the set with another state of its thing.json known.
func (s *Set) at(file *domain.Object) *Set {
	c := *s
	c.file = file
	return &c
}

// Path is the set's folder.
func (s *Set) Path() domain.Path { return s.path }

// Schema is what the set's thing.json says.
func (s *Set) Schema() *Schema { return s.schema }

func (s *Set) dom() string { return s.db.d.Name() }

// Get is a thing by id: e.thing.noexists, also for one in the bin.
func (s *Set) Get(ctx context.Context, id string) (Record, error) {
	return s.outOfBin(s.db.store.Get(ctx, s.dom(), s.name, id))
}

// Find is the thing that holds the values of the unique key of those names; one
// that the schema does not know finds nothing.
func (s *Set) Find(ctx context.Context, names []string, values ...string) (Record, error) {
	for k, key := range s.def.Unique {
		if slices.Equal(key, names) {
			return s.outOfBin(s.db.store.Find(ctx, s.dom(), s.name, k, values...))
		}
	}
	return Record{}, NoThing(s.name, strings.Join(names, ","))
}

func (s *Set) outOfBin(r Record, err error) (Record, error) {
	if err == nil && !s.plain && inBin(r.Body) {
		return Record{}, NoThing(s.name, r.ID)
	}
	return r, err
}

// inBin reports whether a thing was deleted softly.
func inBin(body []byte) bool { return Field(body, "th_live").Num < 0 }

// Create makes a thing of a strict JSON object. It adds id, th_set, th_live, ct
// and lm; an id of the caller's is kept.
func (s *Set) Create(ctx context.Context, doc []byte) (Record, error) {
	if !gjson.ValidBytes(doc) || !gjson.ParseBytes(doc).IsObject() {
		return Record{}, domain.E("e.json", "a thing is a JSON object")
	}
	id := Field(doc, "id").String()
	if id == "" {
		id = domain.NewID()
	}
	now := time.Now().UnixMilli()
	std := appendMember([]byte{'{'}, "id", relaxed.AppendString(nil, id))
	body := mergeMembers(append(std, '}'), s.trimmed(doc), "id", "th_set", "th_live")
	body = mergeMembers(body, []byte(`{"th_set":`+string(relaxed.AppendString(nil, s.path.String()))+
		`,"th_live":1,"ct":`+strconv.FormatInt(now, 10)+`,"lm":`+strconv.FormatInt(now, 10)+`}`))
	if err := s.schema.Check(body); err != nil {
		return Record{}, err
	}
	return s.Put(ctx, id, body, Absent)
}

// Put writes a whole record as it stands, on a condition (see Write.If).
func (s *Set) Put(ctx context.Context, id string, body []byte, cond Rev) (Record, error) {
	rev, err := s.db.Commit(ctx, Write{Set: s.name, ID: id, Body: body, If: cond})
	return Record{id, rev, body}, err
}

// Update replaces members of a thing; null removes one. id and th_set stay.
func (s *Set) Update(ctx context.Context, id string, patch []byte) (Record, error) {
	if !gjson.ValidBytes(patch) || !gjson.ParseBytes(patch).IsObject() {
		return Record{}, domain.E("e.json", "want an object of fields")
	}
	return s.Modify(ctx, id, func(body []byte) ([]byte, error) {
		body = mergeMembers(body, s.trimmed(patch), "id", "th_set", "lm")
		body = mergeMembers(body, []byte(`{"lm":`+strconv.FormatInt(time.Now().UnixMilli(), 10)+`}`))
		return body, s.schema.Check(body)
	})
}

// Modify reads a record, changes it by f and writes it, again when another
// change came between. f must not change what it is given.
func (s *Set) Modify(ctx context.Context, id string, f func(body []byte) ([]byte, error)) (Record, error) {
	for range maxTries {
		was, err := s.Get(ctx, id)
		if err != nil {
			return Record{}, err
		}
		body, err := f(bytes.Clone(was.Body))
		if err != nil {
			return Record{}, err
		}
		r, err := s.Put(ctx, id, body, was.Rev)
		if domain.CodeOf(err) != "e.thing.rev" {
			return r, err
		}
	}
	return Record{}, domain.E("e.busy", s.path, id)
}

// Delete puts a thing into the bin; hard removes it, also from there.
func (s *Set) Delete(ctx context.Context, id string, hard bool) error {
	if !hard && !s.plain {
		_, err := s.Modify(ctx, id, func(body []byte) ([]byte, error) {
			return mergeMembers(body, []byte(`{"th_live":-1,"lm":`+strconv.FormatInt(time.Now().UnixMilli(), 10)+`}`)), nil
		})
		return err
	}
	was, err := s.db.store.Get(ctx, s.dom(), s.name, id)
	if err != nil {
		return err
	}
	_, err = s.db.Commit(ctx, Write{Set: s.name, ID: was.ID})
	return err
}

// trimmed is a document with the fields trimmed that the schema says.
func (s *Set) trimmed(doc []byte) []byte {
	for i := range s.schema.rules {
		if out, err := s.schema.rules[i].clean(doc); err == nil {
			doc = out
		}
	}
	return doc
}

// mergeMembers replaces members of an object, in their places, and adds those
// that are new; null removes. Members named in but are left alone.
func mergeMembers(old, patch []byte, but ...string) []byte {
	type member struct{ key, raw string }
	var news []member
	gjson.ParseBytes(patch).ForEach(func(k, v gjson.Result) bool {
		if !slices.Contains(but, k.String()) {
			news = slices.DeleteFunc(news, func(m member) bool { return m.key == k.String() })
			news = append(news, member{k.String(), v.Raw})
		}
		return true
	})
	out := make([]byte, 0, len(old)+len(patch))
	out = append(out, '{')
	gjson.ParseBytes(old).ForEach(func(k, v gjson.Result) bool {
		raw := v.Raw
		if i := slices.IndexFunc(news, func(m member) bool { return m.key == k.String() }); i >= 0 {
			raw = news[i].raw
			news = slices.Delete(news, i, i+1)
		}
		if raw != "null" || v.Raw == "null" {
			out = appendMember(out, k.String(), []byte(raw))
		}
		return true
	})
	for _, m := range news {
		if m.raw != "null" {
			out = appendMember(out, m.key, []byte(m.raw))
		}
	}
	return append(out, '}')
}

func appendMember(dst []byte, key string, raw []byte) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(relaxed.AppendString(dst, key), ':')
	return append(dst, raw...)
}

// Each walks the things that a query finds, in its order.
func (s *Set) Each(ctx context.Context, q Query) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		page, err := s.Query(ctx, q)
		if err != nil {
			yield(Record{}, err)
			return
		}
		for _, r := range page.List {
			if !yield(r, nil) {
				return
			}
		}
	}
}
