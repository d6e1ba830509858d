package filestore

import "github.com/caryahq/carya/thingset/filestore/internal/journal"

// keep is what the journal keeps for the feed.
func (r *room) keep() journal.Retention {
	o := r.s.o
	return journal.Retention{
		Bytes: max(0, o.FeedBytes), Age: max(0, o.FeedAge), Files: r.s.feedFiles, Segment: r.s.feedSegment, Now: o.Now,
		Fault: func(f *journal.Fault) { r.fault(Fault{File: f.File, Offset: f.Offset, Msg: f.What}) },
	}
}
