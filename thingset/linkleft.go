package thingset

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
)

// follower does the errands of links that were left behind: by a process that
// died, by a call that was canceled, by a disk that was full.
type follower struct {
	kick  chan struct{}
	used  sync.Once     // wakes it at the first use of the domain
	begun chan struct{} // closed then

	stop  context.CancelFunc
	ended sync.WaitGroup
}

// begin is the first use of the domain.
func (f *follower) begin() {
	close(f.begun)
	f.wake()
}

// wake has it look for what is left, soon.
func (f *follower) wake() {
	select {
	case f.kick <- struct{}{}:
	default:
	}
}

// linkPause is when errands that failed are tried again.
const linkPause = time.Minute

// Start begins to follow, in the background, links that were left behind: from the
// first use of a set on, and to tell of things that have gone (WhenGone). It is called once, and Stop before the store lets go of
// the domain. Without it links are followed by those who change things, only.
func (db *DB) Start() {
	ctx, stop := context.WithCancel(context.Background())
	db.links.stop = stop
	db.links.ended.Go(func() { db.keepFollowing(ctx) })
	if db.gone.After != nil {
		db.links.ended.Go(func() { db.keepTelling(ctx) })
	}
}

// Stop ends what Start began; what is then left is done the next time.
func (db *DB) Stop() {
	if db.links.stop != nil {
		db.links.stop()
		db.links.ended.Wait()
	}
}

func (db *DB) keepFollowing(ctx context.Context) {
	var again <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-again:
		case <-db.links.kick:
		}
		again = nil
		if err := db.FollowLinks(ctx); err != nil && ctx.Err() == nil {
			db.log.Warn("links were not followed, it is tried again", "domain", db.d.Name(), "err", err)
			again = time.After(linkPause)
		}
	}
}

// FollowLinks does the errands that are left, in the order of the changes. It goes
// on behind one that fails, and returns the first error.
func (db *DB) FollowLinks(ctx context.Context) error {
	notes, err := db.notes(ctx)
	if err != nil {
		return err
	}
	var left []Record
	for rec, err := range notes.Each(ctx, Query{}) {
		if err != nil {
			return err
		}
		left = append(left, rec)
	}
	slices.SortStableFunc(left, func(a, b Record) int { return cmp.Compare(a.Rev, b.Rev) })
	var done []Write
	forget := func() error {
		_, err := db.Commit(ctx, done...)
		done = nil
		return err
	}
	for _, rec := range left {
		e := db.followLeft(ctx, rec)
		if e == nil {
			done = append(done, Write{Set: notes.name, ID: rec.ID})
		} else if err == nil {
			err = e
		}
		if ctx.Err() != nil {
			return Canceled(ctx)
		}
		if len(done) == forgetRows {
			err = cmp.Or(err, forget())
		}
	}
	return cmp.Or(err, forget())
}

// forgetRows is how many errands that are done are forgotten at once; a server that
// dies before does them again.
const forgetRows = 1000

// followLeft does one errand; it is nothing to do when its set is gone.
func (db *DB) followLeft(ctx context.Context, rec Record) error {
	var e errand
	if err := json.Unmarshal(rec.Body, &e); err != nil {
		return domain.Wrap(err, "e.json")
	}
	path, err := domain.ParsePath(e.Set)
	if err != nil {
		return err
	}
	set, err := db.Set(ctx, path)
	if domain.CodeOf(err) == "e.thing.set.noexists" {
		return nil
	}
	if err != nil {
		return err
	}
	return set.follow(context.WithValue(ctx, depthKey{}, e.Depth), e)
}
