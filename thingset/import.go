package thingset

import (
	"context"
	"hash/crc32"
	"iter"
	"strings"

	"github.com/caryahq/carya/domain"
)

// Row is one thing of a file that is imported. Doc is a strict JSON object,
// which is the importer's from then on.
type Row struct {
	Line int // where it begins in the file, from 1
	Doc  []byte
	Err  error // why there is no thing
}

// Import says how rows become things.
type Import struct {
	// Unique names a unique key: the thing that holds a row's values is
	// updated, one is made only when there is none. Without it every row is a
	// new thing.
	Unique []string

	// Source names what is imported. How far it has come is kept under that
	// name for 30 days, in the same commits as the things; "" keeps nothing. Resume
	// goes on behind what was committed of it, also when that was all of it, and
	// fails with e.thing.import when the rows before are not those that were taken
	// then.
	Source string
	Resume bool

	// Check may refuse a row; nil takes all.
	Check func(doc []byte) error

	// Bad is told of every row that is not taken, in order. Progress is told
	// of each commit. Both may be nil.
	Bad      func(line int, err error)
	Progress func(Imported)
}

// Imported is how far an import has come.
type Imported struct {
	Rows    int // read, with those that were passed over on Resume
	Line    int // where the last of them begins
	Created int
	Updated int
	Bad     int // not taken
	crc     uint32
}

// A commit of an import holds up to so many rows, or bytes.
const (
	importRows  = 1000
	importBytes = 8 << 20
)

// Import makes things of rows, in batches that are durable one after the other;
// bad rows are reported and left out. Scripts of thing.json run. What it
// returns with an error was done before it.
func (s *Set) Import(ctx context.Context, rows iter.Seq2[Row, error], o Import) (Imported, error) {
	st, err := s.state(ctx)
	if err != nil {
		return Imported{}, err
	}
	if o.Unique != nil && st.schema.uniqueAt(o.Unique) < 0 {
		return Imported{}, domain.E("e.cmd.arg", domain.Textf("数据集没有唯一键 %v", "the set has no unique key %v", strings.Join(o.Unique, "+")))
	}
	im := &importer{s: s, st: st, o: o}
	if o.Source != "" {
		if im.marks, im.was, err = s.mark(ctx, o.Source, o.Resume); err != nil {
			return Imported{}, err
		}
		im.done = im.was
	}
	return im.run(ctx, rows)
}

// importer is one import. The rows are read and prepared by one goroutine and
// committed by another.
type importer struct {
	s     *Set
	st    *state
	o     Import
	done  Imported
	was   Imported // what an earlier import of the source has done
	marks *marker  // where it is kept, nil when it is not

	faults []importRow // bad rows of the batch under way, to be told
}

// run cuts the rows into batches and takes them.
func (im *importer) run(ctx context.Context, rows iter.Seq2[Row, error]) (Imported, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan *importBatch, 2)
	failed := make(chan error, 1)
	go func() {
		defer close(batches)
		failed <- im.read(ctx, rows, batches)
	}()
	var err error
	for b := range batches {
		if err == nil {
			err = im.take(ctx, b)
		}
		if err != nil {
			cancel()
		}
	}
	if e := <-failed; err == nil {
		err = e
	}
	return im.done, err
}

// importBatch is some rows, prepared.
type importBatch struct {
	rows []importRow
	end  Imported // Rows, Line and crc behind it
	size int
}

type importRow struct {
	line int
	at   Imported // Rows, Line and crc behind it
	doc  []byte
	rec  Record // as a new thing
	err  error  // why it cannot be one

	refused bool // it cannot be merged either
}

// anew is what to do about a file that is another one.
var anew = domain.Text{ZH: "；不带 -resume 会从头导入", EN: "; without -resume it is imported from its begin"}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// read prepares rows. Those that an earlier import has taken are only looked at.
func (im *importer) read(ctx context.Context, rows iter.Seq2[Row, error], out chan<- *importBatch) error {
	at, b := Imported{}, &importBatch{}
	flush := func() error {
		b.end = at
		select {
		case out <- b:
			b = &importBatch{}
			return nil
		case <-ctx.Done():
			return Canceled(ctx)
		}
	}
	for row, err := range rows {
		if err != nil {
			if len(b.rows) > 0 {
				_ = flush() // the good rows before count
			}
			return err
		}
		at.Rows, at.Line, at.crc = at.Rows+1, row.Line, crc32.Update(at.crc, castagnoli, row.Doc)
		if at.Rows <= im.was.Rows {
			if at.Rows == im.was.Rows && (at.crc != im.was.crc || at.Line != im.was.Line) {
				return domain.E("e.thing.import", domain.Textf("这不是已导入的那些数据：文件在第 %d 行之前已被改动%s", "these are not the rows that were taken: the file has changed before line %d%s", at.Line, anew))
			}
			continue
		}
		b.add(im.prepare(row, at))
		if len(b.rows) >= importRows || b.size >= importBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if at.Rows < im.was.Rows {
		return domain.E("e.thing.import", domain.Textf("这不是已导入的那些数据：%[2]d 行中只有 %[1]d 行%[3]s", "these are not the rows that were taken: only %d of %d are there%s", at.Rows, im.was.Rows, anew))
	}
	if len(b.rows) > 0 {
		return flush()
	}
	return nil
}

func (b *importBatch) add(r importRow) {
	b.rows = append(b.rows, r)
	b.size += len(r.doc)
}

// prepare makes a new thing of a row; one that is to be merged may lack what a
// new one needs.
func (im *importer) prepare(row Row, at Imported) importRow {
	r := importRow{line: row.Line, at: at, doc: row.Doc, err: row.Err}
	if r.err == nil && im.o.Check != nil {
		r.err = im.o.Check(row.Doc)
	}
	r.refused = r.err != nil
	if !r.refused {
		r.rec, r.err = im.s.prepare(im.st, row.Doc, im.now())
	}
	return r
}
