package thingset

import (
	"context"
	"strconv"
	"time"

	"github.com/caryahq/carya/domain"
)

// Delete puts a thing into the bin (th_live -1): it is found no more, keeps its
// unique values and can be restored. hard removes it and its files for good, also
// from the bin; records of a plain set always go for good. onBeforeDelete may
// refuse it. What is not there, or softly deleted already, is e.thing.noexists.
func (s *Set) Delete(ctx context.Context, id string, hard bool) error {
	return s.DeleteAll(ctx, []string{id}, hard, Batch{})
}

// DeleteAll is Delete for several things: see Batch.
func (s *Set) DeleteAll(ctx context.Context, ids []string, hard bool, o Batch) error {
	st, err := s.state(ctx)
	if err != nil {
		return err
	}
	c := &changer{s: s, st: st, Batch: o, ask: true, drop: true}
	if !hard && !s.plain {
		c.get, c.body = s.Get, func(old Record) ([]byte, error) { return withLive(old.Body, false) }
		c.after = func(ctx context.Context, ch Change) {
			ch.Body = nil
			s.after(ctx, st, ch, OnDeleted)
		}
		return c.run(ctx, ids)
	}
	var late error
	c.get, c.body = s.Any, func(Record) ([]byte, error) { return nil, nil }
	if !s.plain {
		c.after = func(ctx context.Context, ch Change) {
			if err := s.removeFiles(ch.ID); late == nil {
				late = err
			}
			s.after(ctx, st, ch, OnDeleted)
		}
	}
	if err := c.run(ctx, ids); err != nil {
		return err
	}
	return late
}

// removeFiles removes the files of a thing that is gone.
func (s *Set) removeFiles(id string) error {
	err := s.db.d.Tree(domain.Owner).Remove(s.Data(id), true)
	if domain.CodeOf(err) == "e.io.obj.noexists" {
		return nil
	}
	return err
}

// Data is the folder of a thing's files.
func (s *Set) Data(id string) domain.Path { return s.below("data/" + id) }

// Restore takes a thing out of the bin. One that is not in it stays as it is.
func (s *Set) Restore(ctx context.Context, id string) (Record, error) {
	list, err := s.RestoreAll(ctx, []string{id}, Batch{})
	if err != nil {
		return Record{}, err
	}
	return list[0], nil
}

// RestoreAll is Restore for several things: see Batch.
func (s *Set) RestoreAll(ctx context.Context, ids []string, o Batch) ([]Record, error) {
	if s.plain {
		return nil, domain.E("e.cmd.arg", domain.Text{ZH: "普通记录集没有回收站", EN: "a plain set has no bin"})
	}
	st, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	c := &changer{s: s, st: st, Batch: o, get: s.Any}
	c.body = func(old Record) ([]byte, error) {
		if !s.inBin(old) {
			return old.Body, nil
		}
		return withLive(old.Body, true)
	}
	err = c.run(ctx, ids)
	return c.things, err
}

func withLive(body []byte, live bool) ([]byte, error) {
	ms, err := readMembers(body)
	if err != nil {
		return nil, err
	}
	if live {
		ms.set("th_live", "1")
	} else {
		ms.set("th_live", "-1")
	}
	ms.set("lm", strconv.FormatInt(time.Now().UnixMilli(), 10))
	return ms.append(make([]byte, 0, ms.size())), nil
}

// Clean removes everything in the bin for good, as DeleteAll does, and the files
// of things that are gone, such as those that expired. It gives the number of things
// that went.
func (s *Set) Clean(ctx context.Context, o Batch) (int, error) {
	ids, err := s.binned(ctx)
	if err != nil {
		return 0, err
	}
	o.Pass = true
	if err := s.DeleteAll(ctx, ids, true, o); err != nil {
		return 0, err
	}
	return len(ids), s.sweepFiles(ctx)
}

// binned are the ids of what is in the bin.
func (s *Set) binned(ctx context.Context) (ids []string, err error) {
	inBin, err := ParseMatch(`{th_live:-1}`)
	if err != nil {
		return nil, err
	}
	for rec, err := range s.Each(ctx, Query{Match: inBin, Bin: true}) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, rec.ID)
	}
	return ids, nil
}

// sweepFiles removes the files of things that are no more: the engine, which takes
// away what has expired, knows of no files.
func (s *Set) sweepFiles(ctx context.Context) error {
	tree := s.db.d.Tree(domain.Owner)
	list, err := tree.List(s.below("data"))
	if domain.CodeOf(err) == "e.io.obj.noexists" {
		return nil
	}
	for _, o := range list {
		if o.Race != domain.DIR || CheckID(o.Name) != nil {
			continue
		}
		if _, err := s.Any(ctx, o.Name); domain.CodeOf(err) != "e.thing.noexists" {
			if err != nil {
				return err
			}
			continue
		}
		if err := tree.Remove(o.Path, true); err != nil {
			return err
		}
	}
	return err
}
