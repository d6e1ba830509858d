// Package filestore is the embedded engine of ThingSets: records are files that
// people can read, and nothing that was acknowledged is lost.
//
// The way of a commit:
//
//	queue.go    those who wait form a group; the first leads it
//	check.go    conditions and unique keys are held against memory and the group
//	journal.go  the group's frames are appended and fsynced, once for all
//	room.go     memory is changed, readers see each batch whole; feed.go tells watchers
//	settle.go   soon after, records are written to their files; then the journal is cut
//
// What people see of a set is `index/<id>.json`, or, for plain sets such as
// sessions, one file `<id>` a record (layout.go). load.go reads them when a set is
// defined.
//
// # The journal
//
// ~/.domain/journal/ holds segments, <n>.log, of frames: four bytes of payload
// length, four of its CRC-32C (both little endian), the payload: one batch with
// its revision. Settling begins a new segment and removes older ones when all they
// hold is safely in files (one syncfs for all of them). A power cut can leave
// the last frame torn: it was not acknowledged, and is cut off. A bad frame with
// a good one behind it is damage: e.store.damaged names the file and offset, and
// nothing is dropped.
//
// tidwall/wal was judged by the same two cases: it takes an unreadable last entry
// for corruption of the whole log, and has no checksum to find damage in the
// middle. So the journal is our own.
//
// # Revisions
//
// A record read from its file has the revision at which the journal was last
// cut: it is as old as that at most, and every later write has a higher one.
package filestore
