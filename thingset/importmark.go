package thingset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/caryahq/carya/domain"
)

// marksPath is where imports keep how far they have come, one record each.
const marksPath = domain.Path(".domain/import")

// markLife is how long one can be resumed. It is kept when all rows are in, too:
// whoever was not told so, as the server died first, resumes and takes none twice.
const markLife = 30 * 24 * time.Hour

// mark is the record of an import.
type mark struct {
	ID      string `json:"id"`
	Set     string `json:"set"`
	Source  string `json:"source"`
	Run     string `json:"run"` // an id of its own for each import from the begin; resumed it stays
	Rows    int    `json:"rows"`
	Line    int    `json:"line"`
	CRC     uint32 `json:"crc32c"` // of the rows' documents
	Created int    `json:"created"`
	Updated int    `json:"updated"`
	Bad     int    `json:"bad"`
	Expi    int64  `json:"expi"`
}

// marker keeps how far an import has come.
type marker struct {
	set    *Set   // of the marks
	of     string // the set that is imported to
	source string
	run    string
	rev    Rev // of the mark, Absent before the first
}

// mark opens the marks of a source, and tells how far an import has come that is
// to be resumed.
func (s *Set) mark(ctx context.Context, source string, resume bool) (*marker, Imported, error) {
	set, err := s.db.Plain(ctx, marksPath, Def{})
	if err != nil {
		return nil, Imported{}, err
	}
	m := &marker{set: set, of: s.name, source: source, run: domain.NewID(), rev: Absent}
	old, rev, err := m.read(ctx)
	switch {
	case err != nil || rev == Absent:
		return m, Imported{}, err
	case !resume:
		// Cut off before its first commit, this one must not be resumed where the
		// one before ended.
		_, err := s.db.Commit(ctx, Write{Set: set.name, ID: m.id()})
		return m, Imported{}, err
	}
	m.run, m.rev = old.Run, rev
	return m, Imported{Rows: old.Rows, Line: old.Line, Created: old.Created, Updated: old.Updated, Bad: old.Bad, crc: old.CRC}, nil
}

// read is the mark that is there; its revision is Absent when none is.
func (m *marker) read(ctx context.Context) (is mark, rev Rev, err error) {
	rec, err := m.set.Any(ctx, m.id())
	if domain.CodeOf(err) == "e.thing.noexists" {
		return is, Absent, nil
	}
	if err == nil {
		err = json.Unmarshal(rec.Body, &is)
	}
	return is, rec.Rev, err
}

// id is the id of the mark for this set and source.
func (m *marker) id() string {
	sum := sha256.Sum256([]byte(m.of + "\n" + m.source))
	return hex.EncodeToString(sum[:16])
}

// write is the write that keeps how far the import has come: all rows up to there
// that are not things are bad ones.
func (m *marker) write(at Imported) Write {
	body, _ := json.Marshal(mark{
		ID: m.id(), Set: m.of, Source: m.source, Run: m.run,
		Rows: at.Rows, Line: at.Line, CRC: at.crc, Created: at.Created, Updated: at.Updated, Bad: at.Rows - at.Created - at.Updated,
		Expi: time.Now().Add(markLife).UnixMilli(),
	})
	return Write{Set: m.set.name, ID: m.id(), Body: body, If: m.rev}
}

// lost tells whether another import has taken the mark over: one from the begin,
// which may go on beside this one. It is an error when this one was resumed
// while it is still under way, as each row would be taken twice.
func (m *marker) lost(ctx context.Context) (bool, error) {
	is, rev, err := m.read(ctx)
	if err == nil && rev != m.rev && is.Run == m.run {
		err = domain.E("e.thing.import", domain.Textf("另一次导入正在处理相同的数据：%v", "another import goes on with the same rows: %v", m.source))
	}
	return rev != m.rev, err
}
