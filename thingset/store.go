// Package thingset keeps things: records with a schema, found by id, by unique
// key and by query. The bytes live in a Store, an engine behind a small
// interface; Set adds the schema.
package thingset

import (
	"context"
	"iter"
)

// Rev numbers the commits of one domain: 1 is the first, each commit the next.
// It survives a restart and never goes back.
type Rev uint64

// Record is one thing as it is stored. Body is a strict JSON object that holds
// "id"; it is shared and must not be changed by anyone.
type Record struct {
	ID   string
	Rev  Rev // of the commit that wrote it
	Body []byte
}

// Def is what an engine must know of a set: which values are unique, which are
// kept in order, and how the set lies on disk.
type Def struct {
	// Plain is a record set: <set>/<id> holds the record and there is no
	// thing.json (sessions, captchas). Otherwise records are
	// <set>/index/<id>.json or packs.
	Plain bool

	// Unique are the unique keys, simple and compound, as key paths. A
	// record in which all values of a key are absent, null or "" makes no
	// claim on it; so does a partly given compound key (the schema refuses
	// that one before).
	Unique [][]string

	// Indexes are what is kept in the order of IndexKey: key paths, or
	// several of them joined by commas. id, ct and lm are always indexed.
	Indexes []string

	// Loose is the number of things up to which each is its own file; 0 is
	// 20,000, in a plain set without bound; -1 is never, and AsItIs whatever the
	// set is now.
	Loose int
}

// AsItIs as Def.Loose leaves a set in the files that it has.
const AsItIs = -2

// Write is one put or delete of a batch.
type Write struct {
	Set  string
	ID   string
	Body []byte // nil deletes

	// If is the expected revision of what is there now: 0 asks for
	// nothing, Absent for no record of that id.
	If Rev
}

// Absent as Write.If is the condition that no such record exists.
const Absent = ^Rev(0)

// Change is one write as the feed shows it. Body is nil for a delete.
type Change struct {
	Rev  Rev
	Set  string
	ID   string
	Body []byte
	Old  []byte // what was there before, nil when nothing was or when it is no longer known
	New  bool   // nothing was there before
}

// Blind reports whether it is no longer known what was there before, though
// something was.
func (c Change) Blind() bool { return c.Old == nil && !c.New }

// Range picks records in the order of an index.
type Range struct {
	Index    string // "id", "ct", "lm" or one of Def.Indexes; "" is "id"
	From, To []byte // bounds of IndexKey, From inclusive, To exclusive; nil is open
	Desc     bool
}

// Store is an engine. Every call names one domain, and nothing crosses a
// domain. All methods may be called at once from many goroutines; a reader sees a
// commit whole or not at all. Bodies handed out are immutable. Errors are
// *domain.Error: absence is e.thing.noexists, a taken unique value
// e.thing.ukey.duplicated (Data: the key's names, []string), a failed revision
// condition e.thing.rev.
//
// A record with a member "expi" (Unix ms) is absent for every reader as soon as
// that time has passed; the engine removes it soon after, as a commit.
type Store interface {
	// Define declares a set. It is idempotent; a changed Def rebuilds what
	// it needs and fails with e.thing.ukey.duplicated, changing nothing, when the
	// records there break a new unique key. Reads and writes of a set that was
	// not defined fail with e.thing.set.noexists. A definition lasts until
	// ForgetDomain or Close, also when the domain is closed or could not be
	// opened meanwhile.
	Define(ctx context.Context, dom, set string, def Def) error

	// Get is one record by id.
	Get(ctx context.Context, dom, set, id string) (Record, error)

	// Find is the record that holds the values of a unique key: key is the
	// number of the key in Def.Unique.
	Find(ctx context.Context, dom, set string, key int, values ...string) (Record, error)

	// Scan walks records in index order, those of one key by id; Desc is
	// exactly the reverse. Every record is in every index: what lacks the value
	// sorts with null. The walk sees each record at most once and every record
	// that was there throughout.
	Scan(ctx context.Context, dom, set string, r Range) iter.Seq2[Record, error]

	// Count is the number of live records of a set.
	Count(ctx context.Context, dom, set string) (int, error)

	// Commit does all writes or none. When it returns nil they are durable.
	// A record stands at most once in a batch, and its id is one that CheckID
	// takes (both e.thing.id, told before anything else). Conditions are held
	// against what is there before the batch, unique keys against what is there
	// after it: two records may swap a value. A body of more than MaxRecord bytes
	// is e.thing.large, one that is not UTF-8 e.json. To delete what is not there is no
	// write; a batch without a write makes no commit and gives the last
	// revision. The bodies belong to the store from then on.
	Commit(ctx context.Context, dom string, batch []Write) (Rev, error)

	// Changes is the feed of writes after a revision, in order; it ends
	// where the feed ends now. Wait blocks until there is one after rev.
	// A revision that the feed no longer holds, or that was never reached, is
	// e.store.feed. What expires is in the feed as a delete. Wait fails with
	// e.canceled or e.timeout when ctx ends, with e.store.closed when the domain is
	// closed.
	Changes(ctx context.Context, dom string, after Rev) iter.Seq2[Change, error]
	Wait(ctx context.Context, dom string, after Rev) (Rev, error)

	// Drop ends a folder: the set of that name, and those of which the names begin
	// with it and a slash, are gone with all their records, in one commit that is durable
	// when Drop returns nil, and their definitions are forgotten. The feed tells it as
	// deletes; of more records than an engine can tell so it loses what came before. What
	// an engine keeps in the folder on disk goes with all that lies there. Without a set
	// in it nothing is done. When it fails with e.store.write nothing has changed, or the
	// records are gone and the folder goes later: until then there is no new set of such a
	// name. It is done again by doing it again.
	Drop(ctx context.Context, dom, folder string) error

	// CloseDomain settles everything and releases the domain; further calls for
	// it open it again, and its sets answer as before. ForgetDomain also forgets
	// its definitions: for when those who defined them go, or another domain may
	// take the name. After Close every call fails with e.store.closed.
	CloseDomain(dom string) error
	ForgetDomain(dom string) error
	Close() error
}
