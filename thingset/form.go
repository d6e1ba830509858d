package thingset

import "github.com/caryahq/carya/domain"

// Form brings members of a thing into the form in which they are kept, before they
// are held to thing.json; has says which are written. It applies to whatever writes
// things: create, update, import, and looking for one by a unique key.
type Form func(doc []byte, has func(name string) bool) ([]byte, error)

// FormBy says which sets have a form of their own; nil is none. It is called before
// the DB is used.
func (db *DB) FormBy(f func(set domain.Path, s *Schema) Form) *DB {
	db.forms = f
	return db
}

// HasUnique reports whether a member alone is a unique key.
func (s *Schema) HasUnique(name string) bool {
	for _, k := range s.unique {
		if len(k.names) == 1 && k.names[0] == name {
			return true
		}
	}
	return false
}

// formed is a thing whose members have their form. With only, those are written.
func (s *Set) formed(st *state, doc []byte, only *members) ([]byte, error) {
	if s.plain || s.db.forms == nil {
		return doc, nil
	}
	form := s.db.forms(s.path, st.schema)
	if form == nil {
		return doc, nil
	}
	return form(doc, func(name string) bool { return only == nil || only.find(name) >= 0 })
}

// cleaned is a thing in its form, held to the schema. With only, only the fields that
// lie in those members are looked at.
func (s *Set) cleaned(st *state, doc []byte, only *members) ([]byte, error) {
	doc, err := s.formed(st, doc, only)
	if err != nil {
		return nil, err
	}
	return st.schema.cleaned(doc, only)
}

// trimmed is a document that a thing is looked for by, in its form.
func (s *Set) trimmed(st *state, doc []byte) ([]byte, error) {
	doc, err := s.formed(st, doc, nil)
	if err != nil {
		return nil, err
	}
	return st.schema.trimmed(doc)
}
