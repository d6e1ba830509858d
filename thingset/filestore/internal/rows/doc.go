// Package rows is what memory holds of a set: for each record its id, revision,
// place on disk, unique values and sort keys, and of some the body. A million
// accounts with three unique keys take about 190 bytes each, which the garbage
// collector does not look at.
//
//	table.go  the table: rows in, rows out
//	load.go   filling a table when a set is opened
//	row.go    a row: a fixed head and the keys, as one run of bytes
//	keys.go   a record's keys as they lie in memory and in key files
//	arena.go  where rows lie
//	hash.go   id or unique value -> row: extendible hashing, four bytes a slot
//	order.go  rows in the order of a key: a sorted list of leaves, copied on write
//	snap.go   a walk over a snapshot of an order
//	cache.go  a bounded cache of bodies for all tables (CLOCK)
//
// A row is one version of a record and its keys never change; a new version is
// a new row. A walk holds a snapshot of an order, so rows that are gone stay
// readable until the table is told that nobody walks (Release).
//
// A table has no lock of its own: readers hold one for reading, writers
// exclude everybody. Only bodies may be set by readers.
package rows
