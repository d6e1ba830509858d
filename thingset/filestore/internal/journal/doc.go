// Package journal is the write-ahead log of a domain: what a commit says is in
// it, whole and fsynced, before anybody is told.
//
// A journal is a folder with segments, <n>.log, and a small file, state. A
// segment is a row of frames (package frame). Its first frame is the header: the
// number of the segment before, how much of that one counts, and the revision
// before its own first. Every other frame is a group: all commits that waited
// at the same time, written with one write and one fsync. So a power cut tears
// at most the last frame, however many commits and disk blocks it has, and a bad
// frame with a good one behind it can only be damage.
//
//	group.go    what a group's frame holds
//	append.go   adding a group; what happens when the disk refuses
//	confirm.go  making durable what an earlier process has written
//	attached.go noticing that the files are gone
//	ahead.go    zeros ahead of what is written, so that a sync is cheap
//	replay.go   reading it all again; torn tails, damage
//	cut.go      taking out what is safe elsewhere; the state file
//	tail.go     what was cut and is kept for the feed
//	keep.go     how it comes to be kept, and goes
//	join.go     small kept files are put together
//	since.go    reading the feed (part.go, frames.go)
//	damage.go   taking damage out, for the doctor
//
// After a failed write or fsync nobody knows what is on disk, and a later fsync
// of the same file may say that all is well though it is not (the kernel has
// dropped the pages). So what was written is cut off, before anybody is told that it
// was refused, and that segment is never written again. The next group begins
// another one, whose header says how much of the failed one was acknowledged: what
// stands behind that does not count when the journal is read. Where cutting off fails
// such a header is written at once.
//
// Reading never changes a file. A torn tail stays where it is; writing goes on
// in a new segment, whose header leaves the tail out. Before that the last groups
// that were read are written once more: nobody knows whether an earlier process has
// synced them (confirm.go).
//
// # The feed
//
// A segment that is cut is not removed: it loses what stands behind its last group and
// is called <n>.feed, which no replay and no repair looks at. That is one
// rename, after the state file says that the segment does not count, and nothing is
// written twice; a kill in between leaves a .log of a number that does not count, which
// is called by its new name at the next cut.
//
// Readers find a commit by what headers say: a segment holds the commits behind
// its header's revision, up to the revision in the header of the one behind it. So
// what was written and never acknowledged, at the end of a segment or in one that was
// given up, is out, as it has a revision that a later header claims. How much of a file
// counted, when a power cut brings back what was cut off, say the header of the one
// behind it and the state. Revisions leave none out: a gap is damage, or a file that somebody has removed, and the
// feed begins behind it. A kept file is read through once before anything of it is
// told, and marks are left every 64 KiB from which the next reader goes on.
//
// # Why not tidwall/wal
//
// It was tried (v1.2.1) with five entries of which the last was torn or one byte
// was changed. A last entry cut by 1, 5 or 18 bytes: the log does not open ("log
// corrupt"), with all its good entries, and nothing in the package mends it. A
// changed byte in the middle, binary format: Read gives the changed bytes and no
// error, for there is no checksum. The last twelve bytes zero, as a power cut
// leaves them: Read gives the zeros. These are the three cases that a journal is
// for, so this one is our own.
package journal
