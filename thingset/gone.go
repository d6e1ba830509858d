package thingset

import (
	"context"

	"github.com/caryahq/carya/domain"
)

// Gone is told of things that are no more: removed, expired, or put into the bin.
// Somebody who keeps records about things uses it to end these, too.
type Gone struct {
	// Commit is given a batch before it is written, with the places in it of the
	// things that it ends. What it returns is written instead: it may change the
	// batch's own slice and add writes. It writes nothing itself.
	Commit func(ctx context.Context, batch []Write, ended []int) ([]Write, error)

	// After is told of things of a set that have gone, soon after it: whoever took
	// them, this process, a person who removed a file, or time. Without a set things
	// may have gone unseen.
	After func(ctx context.Context, set domain.Path, ids []string) error
}

// WhenGone says who is told of things that are no more. It is called before the DB
// is used; After is told between Start and Stop.
func (db *DB) WhenGone(g Gone) *DB {
	db.gone = g
	return db
}

// withEnds is a batch with what goes along with the things that it ends.
func (db *DB) withEnds(ctx context.Context, batch []Write) ([]Write, error) {
	if db.gone.Commit == nil {
		return batch, nil
	}
	var ended []int
	for i, w := range batch {
		if db.ends(w.Set, w.Body) {
			ended = append(ended, i)
		}
	}
	if len(ended) == 0 {
		return batch, nil
	}
	return db.gone.Commit(ctx, batch, ended)
}

// ends reports whether a thing that is written so is no more. Plain sets have no
// things.
func (db *DB) ends(set string, body []byte) bool {
	if body != nil && !(mayBeNegative(body, "th_live") && field(body, "th_live").Num < 0) {
		return false
	}
	s := db.known(domain.Path(set))
	return s != nil && !s.plain
}

// keepTelling tells of things that have gone, from the first use of a set on.
func (db *DB) keepTelling(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-db.links.begun:
	}
	dom := db.d.Name()
	for rev, known := Rev(0), false; ctx.Err() == nil; {
		var err error
		if !known { // a restart, or a feed that has gone on without us
			if rev, err = db.Commit(ctx); err == nil {
				err = db.gone.After(ctx, "", nil)
			}
			known = err == nil
		}
		if err == nil {
			rev, err = db.tell(ctx, rev)
		}
		if err == nil {
			_, err = db.store.Wait(ctx, dom, rev)
		}
		switch domain.CodeOf(err) {
		case "":
		case "e.store.feed":
			known = false
		case "e.store.closed":
			return
		default:
			if ctx.Err() == nil {
				db.log.Warn("what went along with things that are gone may be there still", "domain", dom, "err", err)
			}
			return
		}
	}
}

// tell tells of what has gone after a revision, and gives the one that it has read
// to.
func (db *DB) tell(ctx context.Context, rev Rev) (Rev, error) {
	gone := map[domain.Path][]string{}
	for c, err := range db.store.Changes(ctx, db.d.Name(), rev) {
		if err != nil {
			return rev, err
		}
		if rev = c.Rev; db.ends(c.Set, c.Body) {
			gone[domain.Path(c.Set)] = append(gone[domain.Path(c.Set)], c.ID)
		}
	}
	for set, ids := range gone {
		if err := db.gone.After(ctx, set, ids); err != nil {
			return rev, err
		}
	}
	return rev, nil
}
