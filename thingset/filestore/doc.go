// Package filestore is the embedded engine of ThingSets: records are files that
// people can read and edit, a set may hold millions of them, and nothing that was
// acknowledged is lost.
//
// The way of a commit:
//
//	commit.go      those who wait form a group; the first leads it
//	stage.go       conditions and unique keys are held against memory and the group
//	journal        the group is one frame, written and fsynced once for all (internal/journal)
//	commit.go      memory is changed, readers see each batch whole; feed.go tells watchers
//	settle.go      soon after, records go to where they stay (step.go, own.go)
//	swap.go        a new own file takes the place of the old one, which then lies aside
//	               until it is sure that no person has saved it meanwhile (aside.go)
//	checkpoint.go  what was settled is synced, and the journal is cut behind it
//	merge.go       dead bytes in packs are given back; tellown.go writes down before what
//	               only the packs say that go
//	stuck.go       a set that cannot be settled is tried again later; carry.go has the
//	               journal be cut all the same, detached.go finds packs that were removed
//	feed.go        what memory has forgotten (rest.go) is told from the journal
//	drop.go        a folder is dropped with its sets by one group; then it is moved away
//	               (dropmove.go), and removed when the journal is cut behind that
//
// and of opening a domain:
//
//	recover.go     the journal is replayed above what packs hold (load.go); packs that
//	               the journal's state does not list are taken in (stray.go); a set
//	               that cannot be loaded keeps no other one closed (barred.go)
//	edits.go       files that people have edited are found (poll.go), judged and
//	               taken in (edit.go); from then on the system tells of edits
//	define.go      the caller's definition; keys made anew when it has changed (rekey.go)
//
// build.go lays a domain out without any of this, from a backup (laying.go).
//
// One worker a domain does all that can wait (worker.go), in rounds, without a
// goroutine in between. verify.go and its like are the doctor.
//
// # On disk
//
// The journal's state says what counts, and names say nothing: it lists the packs of
// each set with their sizes, and what a key file has beyond its size is cut off when the
// set is loaded (the journal has it all). It names those that were begun since, and
// those that are being removed: what lies there under their numbers does not count. Any
// other pack is somebody's, is taken in and written anew (stray.go). A pack's files are
// there, empty, before the state says that it was begun, and are written to after that:
// so a number that the state names is never another's. Whether a set is small is in
// the state too. What earlier versions told by names is in oldnames.go.
//
// Settled records lie in packs, pack-<n>.jsonl with pack-<n>.keys beside it
// (internal/pack). While a set has up to Def.Loose records each has a file of its
// own too, `index/<id>.json`, or `<id>` in plain sets such as sessions, and its packs
// are hidden: they spare opening from reading every file, and hold the last good
// version of a record whose file somebody breaks. A larger set has packs alone; a
// loose file that somebody puts beside them counts, and is taken into them. A pack has
// one name for life; when a set has grown or shrunk its packs are merged into others.
//
// A pack that goes is, one after the other, in some of these lists; a number is never used
// again (set.last). Who is killed, or loses power, finds what the state says:
//
//	list           who puts in            who takes out          a kill, or a power cut
//	set.strays     load: what the state   spent: no dirty        taken in again: the state
//	               does not list;         record is in it        does not know it
//	               abandon: packs whose
//	               files are gone
//	set.dying      spent; endMerge: all   bury, after the cut    before the cut the pack is as
//	               living were moved      that lists it no       it was; after it, it is in
//	                                      more                   Going, or, when it is kept,
//	                                                             a stray again
//	state Going    mark: dying, buried;   the cut after its      sort: junk, never read
//	               note: junk, buried     folder was synced;
//	                                      the doctor (revive):
//	                                      to Mended
//	state Begun    note, before it is     the cut that lists     junk: journal or other packs
//	               written to             it                     have all of it
//	state Mended   the doctor (Unlist)    the set's next cut     a stray
//	set.junk       sort: it is in Going   clear removes it       it is in Going still
//	               or Begun, or has an    (then: buried), when
//	               earlier version's mark no pack is missing
//	set.buried     clear, bury: removed;  safe: its folder was   in Going still; where the
//	               sort: perhaps removed  synced                 names come back: junk
//	               by a process before
//	set.empty      found: unlisted, and   clear removes it, or   found again
//	               nothing is in it       finds that it is not
//	                                      empty any more
//
// When a pack that the state lists is gone or damaged, one that goes may be all that is left
// of some records. Nothing opens the set then, so it stays, and a repair has it count again
// (verify_going.go), with what the journal tells of later deletes; it names the records that
// may be older, or were perhaps deleted.
//
// Junk and buried are two lists: what is junk has files to be removed, what is buried has
// none, and only a sync is wanting.
//
// # In memory
//
// A row for every record: id, revision, place, unique values and sort keys, as
// bytes that the garbage collector passes over (internal/rows), about 190 bytes for an
// account. Bodies are in a bounded cache that all domains share.
//
// # A person's edit
//
// A new own file swaps names with the one before, which is then looked at where it
// lies aside (swap.go, aside.go): what a person has saved in the last moment gets its
// name back.
//
// An own file's state (inode, time, size, sum) is known from before it gets its
// name, so that a kill at any point, or a power cut, can be told from an edit. An
// edit is a commit; when the record has changed otherwise since the person read
// it, the edit counts and the other version is kept as <id>.conflict-<rev>.json. An
// edit that is no record, breaks a unique key or the schema does not count and is
// told.
//
// # Revisions
//
// Every commit of a domain has the next revision, also after a restart; packs
// and journal keep each record's.
//
// # The feed
//
// The journal tells every commit in order, so it is the feed: what is cut stays for
// a while (internal/journal, retention.go), and what a reader has missed is read from
// there, on demand. Opening does not look at it. Nothing else depends on it: what is
// wrong with what was cut shortens the feed.
package filestore
