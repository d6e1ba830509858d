package pack

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/frame"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// Survey is what can be found out of the entries that are lost: those in parts of the key
// file that cannot be read.
type Survey struct {
	Strays []Stray // the lines that they told of, by place
	Gone   []Lost  // deletes, by what the damaged parts show: nothing vouches for them
	Unread int64   // how many bytes of the key file say nothing
	Whole  bool    // there is no damaged part
}

// Stray is a line of which a lost entry told.
type Stray struct {
	ID   string
	Rev  thingset.Rev // 0 when nothing tells it; not to be relied on
	Sum  uint32
	From int64 // its place
	Size int

	after, before int64 // where in the key file the entry stood
}

// Lost is a lost entry that says that a record is gone.
type Lost struct {
	ID  string
	Rev thingset.Rev
	At  int64 // where in the key file it stands
}

// Compare orders lines by their places in the pack.
func (s Stray) Compare(t Stray) int { return cmp.Compare(s.From, t.From) }

// Order tells which of two came later in a pack: a line of which a lost entry told, or what
// stands at an offset in the key file. It is 0 when nobody knows.
func (s Stray) Order(at int64) int {
	switch {
	case at < s.after:
		return 1
	case at >= s.before:
		return -1
	}
	return 0
}

// gap is a part of the key file that cannot be read, between sound entries.
type gap struct {
	from, to    int64
	after, upTo int64 // the lines that it told of lie here
}

// surveyor is one Survey under way.
type surveyor struct {
	v      *View
	gaps   []gap
	seen   []span // lines of which entries tell, whether they are good or not
	end    int64  // of the lines so far
	mixed  bool   // entries are not in the order of their lines
	told   map[int64]Stray
	result Survey
}

type span struct{ from, to int64 }

// Survey finds out what it can of lost entries.
func (v *View) Survey() (Survey, error) {
	s := &surveyor{v: v, told: map[int64]Stray{}}
	err := v.walk(walker{entry: s.entry, lost: func(from, to int64) {
		s.gaps = append(s.gaps, gap{from, to, s.end, math.MaxInt64})
	}})
	if err != nil {
		return s.result, err
	}
	if v.keyed == 0 && len(s.gaps) == 0 {
		s.gaps = append(s.gaps, gap{upTo: math.MaxInt64})
	}
	s.result.Whole = len(s.gaps) == 0
	for _, g := range s.gaps {
		if err := s.read(g); err != nil {
			return s.result, err
		}
	}
	slices.SortFunc(s.seen, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	at := int64(0)
	for _, one := range s.seen {
		if err := s.lines(at, one.from); err != nil {
			return s.result, err
		}
		at = max(at, one.to)
	}
	return s.result, s.lines(at, v.size)
}

// entry takes an entry in that stands in a sound frame.
func (s *surveyor) entry(e Entry, _ int64, _ int) error {
	if e.Keys == nil {
		return nil
	}
	from := int64(e.Line.Offset)
	to := from + int64(e.Line.Size)
	s.seen = append(s.seen, span{min(from, s.v.size), min(to, s.v.size)})
	s.mixed = s.mixed || from < s.end
	for i := len(s.gaps) - 1; i >= 0 && s.gaps[i].upTo == math.MaxInt64; i-- {
		s.gaps[i].upTo = from
	}
	s.end = max(s.end, to)
	return nil
}

// read reads what can be read of a gap: entries that fit their lines, and deletes that follow
// on such ones or stand where a frame begins.
func (s *surveyor) read(g gap) error {
	data, err := s.v.keyReader.Bytes(g.from, int(g.to-g.from))
	if err != nil {
		return err
	}
	data = bytes.Clone(data)
	trust := frame.Head
	if len(data) > trust && data[trust] == frameEntries {
		trust++
	}
	for i := 0; i < len(data); {
		e, n := s.lost(data[i:])
		switch {
		case e.Keys != nil:
			id, _ := rows.IDOf(e.Keys)
			s.told[int64(e.Line.Offset)] = Stray{ID: string(id), Rev: e.Rev, after: g.from + int64(i), before: g.from + int64(i)}
		case e.Kind == Gone && i == trust:
			s.result.Gone = append(s.result.Gone, Lost{string(e.ID), e.Rev, g.from + int64(i)})
		case e.Kind == Own && i == trust:
		default:
			if i > frame.Head {
				s.result.Unread++
			}
			i++
			continue
		}
		i += n
		trust = i
	}
	s.result.Unread += max(0, g.to-g.from-int64(len(data)))
	if g.to == 0 {
		s.result.Unread++ // nobody knows how long it was
	}
	return nil
}

// lost reads an entry where there may be none. One that tells of a line has to fit it.
func (s *surveyor) lost(data []byte) (e Entry, n int) {
	d := frame.Decoder{Rest: data}
	e = readEntry(&d)
	if d.Bad || e.Kind == Gone && thingset.CheckID(string(e.ID)) != nil {
		return Entry{}, 0
	}
	if e.Keys != nil {
		if e.Line.Size > thingset.MaxRecord || s.v.wrong(e) != nil {
			return Entry{}, 0
		}
	}
	return e, len(data) - len(d.Rest)
}

// lines finds the lines in a part of the file of which lost entries told.
func (s *surveyor) lines(from, to int64) error {
	for from < to {
		line, err := s.v.line(from, to)
		if err != nil {
			return err
		}
		if body := bytes.TrimSpace(line); len(body) > 0 && relaxed.Valid(body) {
			if id := gjson.GetBytes(body, "id"); id.Type == gjson.String && thingset.CheckID(id.String()) == nil {
				s.line(Stray{ID: id.String(), From: from + int64(bytes.Index(line, body)), Size: len(body), Sum: frame.Sum(body)})
			}
		}
		from += int64(len(line))
	}
	return nil
}

// line takes a line in, when a lost entry told of it. One that stands where no entry is lost
// never counted, or was taken back.
func (s *surveyor) line(one Stray) {
	one.after, one.before = math.MaxInt64, -1
	for _, g := range s.gaps {
		if s.mixed || g.after <= one.From && one.From < g.upTo {
			one.after, one.before = min(one.after, g.from), max(one.before, g.to)
		}
	}
	if told, ok := s.told[one.From]; ok && told.ID == one.ID {
		one.Rev, one.after, one.before = told.Rev, told.after, told.before
	}
	if one.before >= 0 {
		s.result.Strays = append(s.result.Strays, one)
	}
}

// line is what lies from an offset on up to the next end of a line, or to an
// offset.
func (v *View) line(from, to int64) ([]byte, error) {
	for n := 4 << 10; ; n *= 2 {
		n = int(min(int64(n), to-from))
		data, err := v.lines.Bytes(from, n)
		if err != nil {
			return nil, err
		}
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			return data[:i+1], nil
		}
		if int64(n) == to-from || len(data) < n {
			return data[:len(data):len(data)], nil
		}
	}
}
