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

// markLife is how long one that was not finished can be resumed.
const markLife = 30 * 24 * time.Hour

// mark is the record of an import.
type mark struct {
	ID      string `json:"id"`
	Set     string `json:"set"`
	Source  string `json:"source"`
	Rows    int    `json:"rows"`
	Line    int    `json:"line"`
	CRC     uint32 `json:"crc32c"` // of the rows' documents
	Created int    `json:"created"`
	Updated int    `json:"updated"`
	Bad     int    `json:"bad"`
	Expi    int64  `json:"expi"`
}

// begin reads how far an earlier import of the source has come.
func (im *importer) begin(ctx context.Context) (err error) {
	if im.o.Source == "" {
		return nil
	}
	if im.marks, err = im.s.db.Plain(ctx, marksPath, Def{}); err != nil || !im.o.Resume {
		return err
	}
	rec, err := im.marks.Any(ctx, im.markID())
	if domain.CodeOf(err) == "e.thing.noexists" {
		return nil
	}
	var m mark
	if err == nil {
		err = json.Unmarshal(rec.Body, &m)
	}
	im.was = Imported{Rows: m.Rows, Line: m.Line, Created: m.Created, Updated: m.Updated, Bad: m.Bad, crc: m.CRC}
	im.done = im.was
	return err
}

// markID is the id of the record for this set and source.
func (im *importer) markID() string {
	sum := sha256.Sum256([]byte(im.s.name + "\n" + im.o.Source))
	return hex.EncodeToString(sum[:16])
}

// mark is the write that keeps how far the import has come.
func (im *importer) mark(at Imported) Write {
	body, _ := json.Marshal(mark{
		ID: im.markID(), Set: im.s.name, Source: im.o.Source,
		Rows: at.Rows, Line: at.Line, CRC: at.crc, Created: at.Created, Updated: at.Updated, Bad: at.Bad,
		Expi: time.Now().Add(markLife).UnixMilli(),
	})
	return Write{Set: im.marks.name, ID: im.markID(), Body: body}
}

// finish forgets how far the import has come: all of it is in.
func (im *importer) finish(ctx context.Context) error {
	if im.marks == nil {
		return nil
	}
	_, err := im.s.db.Commit(ctx, Write{Set: im.marks.name, ID: im.markID()})
	return err
}
