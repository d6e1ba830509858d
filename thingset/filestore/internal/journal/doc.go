// Package journal is the write-ahead log of a domain: what a commit says is in
// it, whole and fsynced, before anybody is told.
//
// A journal is a folder with segments, <n>.log, and a small file, state. A
// segment is a row of frames (package frame). Its first frame is the header: the
// number of the segment before, how much of that one counts, the revision before its
// own first, and up to where the journal was cut by then. Every other frame is a group: all commits that waited
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
//	cut.go      taking out what is safe elsewhere; the state file (position.go); the
//	            oldest segments go (retention.go)
//	archive.go  the segments that were cut, and which of all tell of a revision
//	index.go    reading them through, once; since.go, frames.go: the feed
//	drop.go     folders that were dropped with the sets in them
//	damage.go   taking damage out, for the doctor (look.go: finding it while in use)
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
// # Cutting
//
// To cut the journal is to write the state file: it names the segment and the offset in it
// up to which nothing counts any more. Nothing is copied, truncated to that place or renamed, and
// writing goes on in the same segment, which defines its sets anew. So a domain that is
// written to once a minute has one segment, not one for each cut. A segment is followed
// by another when it has a MiB at a cut or four in between, when it is older than what
// stays, when the disk has refused something, and in every process.
//
// A segment that was cut keeps its name, and the oldest go (Retention). Before, it was
// called <n>.feed, so that a lost state file could not bring it back; small ones had to be put
// together, and there were three places to look for a commit. Now each header says up
// to where the journal was cut when the segment was begun, and without the state
// the header of the last one is believed. What was cut since then counts once more, which is
// nothing new: packs have it too, at the same revisions. Of the segments that were cut only those
// stay in any case to which that header leads (needed). The state names the place as
// [segment, offset]: versions that knew whole segments only do not read that, and say so.
//
// # The feed
//
// Readers find a commit by what headers say, from the first segment that counts back to
// where a segment is missing: one holds the commits behind its header's revision, as
// far as the header of the one behind it says that it counts. So what was written and never
// acknowledged, at the end of a segment or in one that was given up, is out, also when
// a power cut brings back what was cut off. Revisions leave none out: a gap is damage, or revisions
// went on behind others that were found, and the feed begins behind it. A segment is read through
// once before anything of it is told, and marks are left every 64 KiB from which
// the next reader goes on.
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
