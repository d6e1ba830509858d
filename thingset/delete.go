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
	st, err := s.state(ctx)
	if err != nil {
		return err
	}
	hard = hard || s.plain
	get := s.Get
	if hard {
		get = s.Any
	}
	old, err := get(ctx, id)
	if err != nil {
		return err
	}
	if err := s.before(ctx, st, old); err != nil {
		return err
	}
	if !hard {
		return s.bin(ctx, st, id)
	}
	rev, err := s.db.Commit(ctx, Write{Set: s.name, ID: id})
	if err != nil || s.plain {
		return err
	}
	err = s.db.d.Tree(domain.Owner).Remove(s.Data(id), true)
	if domain.CodeOf(err) == "e.io.obj.noexists" {
		err = nil
	}
	s.after(ctx, st, Change{Rev: rev, Set: s.name, ID: id, Old: old.Body}, OnDeleted)
	return err
}

// Data is the folder of a thing's files.
func (s *Set) Data(id string) domain.Path { return s.below("data/" + id) }

// bin puts a thing into the bin.
func (s *Set) bin(ctx context.Context, st *state, id string) error {
	was, rec, err := s.setLive(ctx, id, false)
	if err == nil && was.Body != nil {
		s.after(ctx, st, Change{Rev: rec.Rev, Set: s.name, ID: id, Old: was.Body}, OnDeleted)
	}
	return err
}

// Restore takes a thing out of the bin. One that is not in it stays as it is.
func (s *Set) Restore(ctx context.Context, id string) (Record, error) {
	_, rec, err := s.setLive(ctx, id, true)
	return rec, err
}

// setLive writes th_live; was is the thing before, without a body when it was so
// already.
func (s *Set) setLive(ctx context.Context, id string, live bool) (was, rec Record, err error) {
	if s.plain {
		return was, rec, domain.E("e.cmd.arg", domain.Text{ZH: "普通记录集没有回收站", EN: "a plain set has no bin"})
	}
	for range maxTries {
		old, err := s.Any(ctx, id)
		if err != nil || s.inBin(old) != live {
			return Record{}, old, err
		}
		body, err := withLive(old.Body, live)
		if err != nil {
			return was, rec, err
		}
		rev, err := s.db.Commit(ctx, Write{Set: s.name, ID: id, Body: body, If: old.Rev})
		if domain.CodeOf(err) != "e.thing.rev" {
			return old, Record{ID: id, Rev: rev, Body: body}, err
		}
	}
	return was, rec, domain.E("e.busy", s.path, id)
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

// Clean removes everything in the bin for good, and the files of things that are
// gone, such as those that expired. It gives the number of things that went.
func (s *Set) Clean(ctx context.Context) (int, error) {
	inBin, err := ParseMatch(`{th_live:-1}`)
	if err != nil {
		return 0, err
	}
	var ids []string
	for rec, err := range s.Each(ctx, Query{Match: inBin, Bin: true}) {
		if err != nil {
			return 0, err
		}
		ids = append(ids, rec.ID)
	}
	n := 0
	for _, id := range ids {
		switch err := s.Delete(ctx, id, true); domain.CodeOf(err) {
		case "":
			n++
		case "e.thing.noexists":
		default:
			return n, err
		}
	}
	return n, s.sweepFiles(ctx)
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
