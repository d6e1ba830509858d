package journal

import (
	"slices"

	"github.com/caryahq/carya/thingset/filestore/internal/frame"
)

// A domain that is written to now and then leaves a small file at every cut.
// When there are many, neighbours are put together: up to joinSize bytes, and of
// joinSpan segments, so that what is old does not stay for the sake of what is
// young.
const (
	joinSize = 1 << 20
	joinSpan = 512
)

// files is how many files are not too many: some more than those that cannot be
// put together.
func (k Keep) files() int {
	if k.Files > 0 {
		return k.Files
	}
	return 64 + int(k.Bytes/(joinSize/2))
}

// Tidy puts small kept files together. It may be called while others append and
// read, but not together with Cut.
func (j *Journal) Tidy() error {
	t := &j.tail
	for _, run := range t.runs() {
		if err := t.join(run); err != nil {
			return unkept(err)
		}
	}
	return nil
}

// runs are the neighbours to be put together.
func (t *tail) runs() (runs [][]*piece) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.list) <= t.keep.files() {
		return nil
	}
	for from := 0; from < len(t.list); {
		to, size := from, int64(0)
		for to < len(t.list) && t.joins(from, to, size) {
			size += t.list[to].size
			to++
		}
		if to-from > 1 {
			runs = append(runs, slices.Clone(t.list[from:to]))
		}
		from = max(to, from+1)
	}
	return runs
}

// joins reports whether a piece goes with those since from, of a size.
func (t *tail) joins(from, to int, size int64) bool {
	p := t.list[to]
	return p.state != spoilt && size+p.size <= joinSize && p.last-t.list[from].first < joinSpan && (from == to || t.list[to-1].end == p.base)
}

// join puts neighbours together: the new file has its name before the others go,
// and while both are there the others do not count.
func (t *tail) join(run []*piece) error {
	first, last := run[0], run[len(run)-1]
	p := &piece{name: keptFile(first.first, last.last), first: first.first, last: last.last, base: first.base, end: last.end, time: last.time}
	data := header{rev: p.base}.frame(p.last)
	for _, one := range run {
		var ok bool
		if data, ok = t.copy(data, p, one); !ok {
			return nil // damage, which is told; the next run is without it
		}
	}
	p.size = int64(len(data))
	if err := t.d.WriteFile(p.name, data, 0o600); err != nil {
		return err
	}
	if err := t.d.SetTime(p.name, p.time); err != nil {
		return err
	}
	for _, one := range run {
		if err := t.d.Remove(one.name); err != nil {
			t.relist(one)
			return err
		}
	}
	t.replace(run, p)
	return nil
}

// copy appends the groups of a piece to those of another.
func (t *tail) copy(data []byte, into, from *piece) ([]byte, bool) {
	r, err := from.open(t.d)
	if err != nil {
		t.relist(from)
		return nil, false
	}
	defer r.Close()
	_, ok := r.header()
	for ok && r.rev < from.end {
		payload, err := r.group()
		if ok = err == nil && payload != nil; ok && payload[0] == kindGroup {
			at := len(data)
			data = append(frame.Begin(data), payload...)
			frame.Seal(data[at:], frame.Place{File: into.last, Offset: int64(at)})
		}
	}
	if !ok {
		t.check(from)
	}
	return data, ok
}

// replace lists a piece in the place of those that it was made from.
func (t *tail) replace(run []*piece, p *piece) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.list, run[0])
	if i < 0 || i+len(run) > len(t.list) || !slices.Equal(t.list[i:i+len(run)], run) {
		t.forget()
		return
	}
	t.list = slices.Replace(slices.Clone(t.list), i, i+len(run), p)
}
