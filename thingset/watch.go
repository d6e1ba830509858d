package thingset

import (
	"context"
	"iter"
	"time"

	"github.com/caryahq/carya/domain"
)

// What a watcher is told of.
const (
	Created = "created"
	Updated = "updated"
	Deleted = "deleted" // it is gone, or in the bin; it may never have matched (Change.Blind)
	Left    = "left"    // it is there, and no longer matches, if it ever did
	Beat    = "beat"    // nothing has happened; Rev is how far the feed has been read
	Lost    = "lost"    // the feed no longer holds what came before Rev: read the set anew
)

// News is one change of a thing that a watcher looks for.
type News struct {
	Kind string
	Rev  Rev
	ID   string // "" of Beat and Lost
	Body []byte // nil of Deleted, Left, Beat and Lost
	Last bool   // no other event of Rev follows
}

// Watching says what a watcher wants.
type Watching struct {
	Match *Matcher // nil: all

	// After is the revision behind which it begins; Now begins behind what is
	// there now.
	After Rev
	Now   bool

	// Unknown is a watcher that does not know where it stood: it begins with Lost.
	Unknown bool

	Beat time.Duration // how long it is quiet before a Beat; 0 is never
}

// Watch walks the changes of a set as they come, until ctx or the walk ends. A
// watcher that is slow holds nobody up; when the feed has gone on without it, it is
// told by Lost and goes on from there. Errors other than ctx's end end the walk.
func (s *Set) Watch(ctx context.Context, o Watching) iter.Seq2[News, error] {
	return func(yield func(News, error) bool) {
		w := &watcher{s: s, o: o, rev: o.After}
		err := w.begin(ctx, yield)
		for err == nil && !w.gone {
			err = w.round(ctx, yield)
		}
		if err != nil && !w.gone {
			yield(News{}, err)
		}
	}
}

type watcher struct {
	s    *Set
	o    Watching
	rev  Rev // read so far
	gone bool
	off  bool // all that was read last was of other sets
	held News // waits for what follows it
}

// begin finds where the watcher stands.
func (w *watcher) begin(ctx context.Context, yield func(News, error) bool) error {
	switch {
	case w.o.Unknown:
		return w.lost(ctx, yield)
	case w.o.Now:
		rev, err := w.s.db.Commit(ctx)
		w.rev = rev
		return err
	}
	return nil
}

// lost tells that changes were missed, and goes on from what is there now.
func (w *watcher) lost(ctx context.Context, yield func(News, error) bool) (err error) {
	if w.rev, err = w.s.db.Commit(ctx); err == nil {
		w.tell(yield, News{Kind: Lost, Rev: w.rev, Last: true})
	}
	return err
}

// round tells of what is there, and waits for more.
func (w *watcher) round(ctx context.Context, yield func(News, error) bool) error {
	err := w.read(ctx, yield)
	if domain.CodeOf(err) == "e.store.feed" {
		err = w.lost(ctx, yield)
	}
	if err == nil && !w.gone && w.off {
		err = rest(ctx)
	}
	if err != nil || w.gone {
		return err
	}
	return w.wait(ctx, yield)
}

// elsewhere is how long a watcher rests that was woken for what was no matter of its: every
// commit wakes all watchers of the domain, hundreds maybe.
const elsewhere = 50 * time.Millisecond

func rest(ctx context.Context) error {
	t := time.NewTimer(elsewhere)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return Canceled(ctx)
	}
}

// watchPace is after how many changes a watcher that is behind waits for its turn. One that
// is not takes none: it would keep it while it waits for more.
const watchPace = 256

// read tells of the changes after rev.
func (w *watcher) read(ctx context.Context, yield func(News, error) bool) error {
	from, own, n, pace := w.rev, false, 0, domain.PaceOf(ctx)
	for c, err := range w.s.db.store.Changes(ctx, w.s.dom(), w.rev) {
		if err != nil {
			return err
		}
		if c.Rev != w.rev {
			w.flush(yield, true)
		}
		if w.rev = c.Rev; c.Set != w.s.name {
			continue
		}
		own = true
		if n++; n%watchPace == 0 && pace != nil {
			if err := pace(); err != nil {
				return err
			}
		}
		e, err := w.s.event(ctx, c, w.o.Match)
		if err != nil {
			return err
		}
		if e.Kind != "" {
			w.flush(yield, false)
			w.held = e
		}
		if w.gone {
			return nil
		}
	}
	w.flush(yield, true)
	w.off = w.rev != from && !own
	return nil
}

// flush tells of the event that was held back.
func (w *watcher) flush(yield func(News, error) bool, last bool) {
	if e := w.held; e.Kind != "" {
		e.Last = last
		w.held = News{}
		w.tell(yield, e)
	}
}

func (w *watcher) tell(yield func(News, error) bool, e News) {
	if !w.gone && !yield(e, nil) {
		w.gone = true
	}
}

// wait blocks until there is more, or it has been quiet for long enough.
func (w *watcher) wait(ctx context.Context, yield func(News, error) bool) error {
	quiet := ctx
	if w.o.Beat > 0 {
		var cancel context.CancelFunc
		quiet, cancel = context.WithTimeout(ctx, w.o.Beat)
		defer cancel()
	}
	_, err := w.s.db.store.Wait(quiet, w.s.dom(), w.rev)
	if err != nil && ctx.Err() == nil && quiet.Err() != nil {
		w.tell(yield, News{Kind: Beat, Rev: w.rev, Last: true})
		return nil
	}
	return err
}

// event is a change as a watcher sees it; its Kind is "" when it does not. What
// was there before and is no longer known may have matched.
func (s *Set) event(ctx context.Context, c Change, m *Matcher) (News, error) {
	e := News{Rev: c.Rev, ID: c.ID}
	was, err := s.seen(ctx, c.Old, m)
	if err != nil {
		return e, err
	}
	is, err := s.seen(ctx, c.Body, m)
	was = was || c.Blind()
	switch {
	case is && (c.New || c.Old != nil && s.inBin(Record{Body: c.Old})):
		e.Kind, e.Body = Created, c.Body
	case is:
		e.Kind, e.Body = Updated, c.Body
	case was && (c.Body == nil || s.inBin(Record{Body: c.Body})):
		e.Kind = Deleted
	case was:
		e.Kind = Left
	}
	return e, err
}

// seen reports whether a thing is there and matches.
func (s *Set) seen(ctx context.Context, body []byte, m *Matcher) (bool, error) {
	if body == nil || s.inBin(Record{Body: body}) {
		return false, nil
	}
	return m.Match(ctx, body)
}
