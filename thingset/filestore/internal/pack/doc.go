// Package pack keeps settled records of a set, many in one file: pack-<n>.jsonl
// holds the bodies, one a line, and pack-<n>.keys beside it all that has to be in
// memory, so that opening a set reads no body.
//
// Records are only ever appended, to the pack with the highest number; what is
// appended later wins. A key file is a row of frames (package frame): first the
// definition that the keys were made by, then batches of entries: a record (its
// place and keys, and the state of its own file if it has one), a record that is
// gone, or a new state of a record's own file.
//
// A batch of lines is written before its entries. Neither is synced at once: the
// journal still has all of it. Sync is called before the journal is cut. Lines
// that are moved out of an older pack (merging) are no longer in the journal, so
// Write syncs them before their entries: an entry of a revision that was cut always
// has its line on disk.
//
// The journal's state lists the packs of a set with the sizes of their key files
// (Mark). Nothing behind a size counts when a pack is read. A new pack is empty until
// the state says that it was begun, and does not count until it is listed.
//
// A pack has one name for life, of which nothing is read. One that is begun while the
// set is small, and every record has a file of its own, is hidden (.pack-<n>.jsonl):
// people see records. It holds the last good version of each in case somebody breaks
// its file, spares opening from reading many files, and is read five times as fast.
package pack
