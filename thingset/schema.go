package thingset

import (
	"github.com/caryahq/carya/domain"
)

// Schema is what thing.json says of a ThingSet. It is immutable.
//
//	uniqueKeys  [{name:"nm",required:true},{name:["country","card"]}]
//	fields      [{key:"nm",validate:{trim:true,notNull:true,minLength:2,…}}]
//	            {key:"price",guard:"price.edit"}: who writes it needs that
//	            permission, or is the owner ("owner"); see Guard
//	indexes     ["age","role,ct"]: key paths to keep in order; joined by commas
//	            they are one index, by the first, then the second, …
//	linkKeys    [{set:"~/orders",by:{uid:"id"},copy:{buyer_nm:"nm"}}]: when a
//	            thing changes, the things of that set whose uid is its id take
//	            its nm for their buyer_nm
//	onCreated, onUpdated, onBeforeDelete, onDeleted
//	            a script or a list of them
//	expi        how long things live from their creation, unless they say so
//	            themselves: ms, or a text like 90s, 10m, 2h, 30d
//	fileMax     the most bytes that a file of a thing may have (1 GiB)
//	fileCount   the most files in one folder of a thing (1000)
//	loose       the number of things up to which each is a file of its own
//
// Other members are the set's own metadata.
type Schema struct {
	unique  []uniqueKey
	rules   []rule
	indexes []string
	links   []Link
	scripts map[Event][]Script
	life    int64 // ms, 0 is for ever
	loose   int
	def     Def

	fileMax   int64 // bytes of one file
	fileCount int   // files in one folder of a thing
}

// Event is when a set's script runs.
type Event string

// The events. Those after the fact run when the change is durable.
const (
	OnCreated      Event = "onCreated"
	OnUpdated      Event = "onUpdated"
	OnBeforeDelete Event = "onBeforeDelete"
	OnDeleted      Event = "onDeleted"
)

// Script is a script in thing.json, and where it stands.
type Script struct {
	Text      string
	File      string
	Line, Col int // from 1
}

// Link is one of linkKeys: names in a thing of Set to names in a thing of this
// set.
type Link struct {
	Set  domain.Path
	By   [][2]string // the value of the one is that of the other
	Copy [][2]string // the one takes the value of the other
}

// ParseSchema reads thing.json, which may be relaxed JSON. Faults are one
// e.thing.schema whose Data is a []domain.Fault.
func ParseSchema(src []byte) (*Schema, error) {
	s, faults := readSchema("thing.json", string(src))
	if len(faults) > 0 {
		return nil, schemaError(faults)
	}
	return s, nil
}

func schemaError(faults []domain.Fault) error {
	return domain.E("e.thing.schema", domain.FaultLines(faults)).With(faults)
}

// GuardOwner as a field's guard leaves it to the owner and the domain's scripts.
const GuardOwner = "owner"

// Guard is what guards a member of a thing, "" when nothing does: a permission,
// or GuardOwner. The sets themselves hold nobody to it; those do who take the
// names of members from a request.
func (s *Schema) Guard(name string) string {
	for i := range s.rules {
		if r := &s.rules[i]; r.guard != "" && r.top() == name {
			return r.guard
		}
	}
	return ""
}

// Def is what an engine must know.
func (s *Schema) Def() Def { return s.def }

// Scripts are the scripts of an event, in order.
func (s *Schema) Scripts(e Event) []Script { return s.scripts[e] }

// Links are the set's linkKeys.
func (s *Schema) Links() []Link { return s.links }

// Check holds a whole thing to the fields' rules and the unique keys' form. Errors
// are e.thing.fld.* (Data: the key) and e.thing.ukey.* (Data: its names).
func (s *Schema) Check(doc []byte) error {
	for i := range s.rules {
		if err := s.rules[i].check(doc); err != nil {
			return err
		}
	}
	return s.checkUnique(doc)
}

// checkUnique holds a thing to the form of the unique keys: all of a key's
// values or none, and scalars.
func (s *Schema) checkUnique(doc []byte) error {
	for i := range s.unique {
		if err := s.unique[i].check(doc); err != nil {
			return err
		}
	}
	return nil
}
