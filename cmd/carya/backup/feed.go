package backup

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
)

// changeLine is a change as it is saved.
type changeLine struct {
	Rev  uint64          `json:"rev"`
	Set  string          `json:"set"`
	ID   string          `json:"id"`
	Body json.RawMessage `json:"body,omitempty"`
}

// feed keeps the changes that come while records are read: the store holds
// only the last ones.
type feed struct {
	db    *thingset.DB
	file  *os.File
	w     *bufio.Writer
	rev   thingset.Rev // read so far
	lines int
	head  []byte            // for note, used again
	until chan thingset.Rev // where to stop
	done  chan error
}

// follow begins behind a revision.
func follow(ctx context.Context, db *thingset.DB, rev thingset.Rev) (*feed, error) {
	file, err := os.CreateTemp("", "carya-backup-")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file.Name())
	f := &feed{db: db, file: file, w: bufio.NewWriter(file), rev: rev, until: make(chan thingset.Rev, 1), done: make(chan error, 1)}
	go func() { f.done <- f.run(ctx) }()
	return f, nil
}

// stop ends it behind a revision that was reached.
func (f *feed) stop(rev thingset.Rev) error {
	f.until <- rev
	return <-f.done
}

func (f *feed) run(ctx context.Context) error {
	wait, wake := context.WithCancel(ctx)
	defer wake()
	end := make(chan thingset.Rev, 1)
	go func() {
		select {
		case rev := <-f.until:
			end <- rev
			wake()
		case <-wait.Done():
		}
	}()
	for wait.Err() == nil {
		if err := f.read(ctx, 0); err != nil {
			return err
		}
		if _, err := f.db.Store().Wait(wait, f.db.Domain().Name(), f.rev); err != nil && wait.Err() == nil {
			return err
		}
	}
	select {
	case rev := <-end:
		return errors.Join(f.read(ctx, rev), f.w.Flush())
	default:
		return thingset.Canceled(ctx)
	}
}

// read notes the changes that are there, up to a revision (0: all).
func (f *feed) read(ctx context.Context, until thingset.Rev) error {
	if until > 0 && f.rev >= until {
		return nil
	}
	for c, err := range f.db.Store().Changes(ctx, f.db.Domain().Name(), f.rev) {
		if domain.CodeOf(err) == "e.store.feed" {
			return domain.Wrap(err, "e.busy", domain.Text{ZH: "改动比备份还快，请再试一次", EN: "changes come faster than they can be saved; try again"})
		}
		if err != nil {
			return err
		}
		if until > 0 && c.Rev > until {
			return nil
		}
		if err := f.note(c); err != nil {
			return err
		}
	}
	return nil
}

// note writes a change down as it is: whoever follows must never be slower than
// those who write.
func (f *feed) note(c thingset.Change) error {
	if f.rev = c.Rev; isTransient(c.Set) {
		return nil
	}
	f.lines++
	b := binary.AppendUvarint(f.head[:0], uint64(c.Rev))
	for _, s := range []string{c.Set, c.ID} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	f.head = binary.AppendUvarint(b, uint64(len(c.Body))) // 0: deleted
	if _, err := f.w.Write(f.head); err != nil {
		return err
	}
	_, err := f.w.Write(c.Body)
	return err
}

// each walks the changes, as lines to save, with their sets.
func (f *feed) each(do func(set string, line []byte) error) error {
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	br := bufio.NewReaderSize(f.file, 64<<10)
	for range f.lines {
		set, line, err := readChange(br)
		if err == nil {
			err = do(set, line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readChange reads a change that note has written.
func readChange(br *bufio.Reader) (set string, line []byte, err error) {
	rev, err := binary.ReadUvarint(br)
	if err != nil {
		return "", nil, err
	}
	var parts [3][]byte // set, id, body
	for i := range parts {
		if parts[i], err = readPart(br); err != nil {
			return "", nil, err
		}
	}
	line = fmt.Appendf(nil, `{"rev":%d,"set":`, rev)
	line = relaxed.AppendString(line, string(parts[0]))
	line = relaxed.AppendString(append(line, `,"id":`...), string(parts[1]))
	if body := parts[2]; len(body) > 0 {
		line = relaxed.AppendCompact(append(line, `,"body":`...), body)
	}
	return string(parts[0]), append(line, '}'), nil
}

func readPart(br *bufio.Reader) ([]byte, error) {
	n, err := binary.ReadUvarint(br)
	if err != nil {
		return nil, err
	}
	part := make([]byte, n)
	_, err = io.ReadFull(br, part)
	return part, err
}
