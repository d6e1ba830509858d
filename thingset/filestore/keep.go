package filestore

import "github.com/caryahq/carya/thingset/filestore/internal/journal"

// keep is what the journal keeps for the feed.
func (r *room) keep() journal.Keep {
	o := r.s.o
	return journal.Keep{
		Bytes: max(0, o.FeedBytes), Age: max(0, o.FeedAge), Files: r.s.feedFiles, Now: o.Now,
		Fault: func(f *journal.Fault) { r.fault(Fault{File: f.File, Offset: f.Offset, Msg: f.What}) },
	}
}
