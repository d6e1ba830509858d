package send

import (
	"errors"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/history"
)

// How long deliveries and the outbox's messages are kept, where domain.json says
// nothing; the least that it may say, so that a message stays while its code
// lives; and how often the outbox's folder is read at most.
const (
	defaultKeep = 30 * 24 * time.Hour
	leastKeep   = time.Hour
	tidyPause   = time.Hour
)

// parseKeep reads senders.keep: "30d", "12h".
func parseKeep(text string) (time.Duration, bool) {
	d, err := history.ParseKeep(text)
	return d, err == nil && d >= leastKeep
}

// keep is how long things are kept now. What domain.json says wrongly is told
// to whoever sends.
func (p *Post) keep() time.Duration {
	c, err := ReadConfig(p.d, Mail)
	if err != nil {
		return defaultKeep
	}
	return c.Keep
}

// tidy is what is known of the outbox's folder.
type tidy struct {
	mu     sync.Mutex
	looked time.Time // when the folder was read
	oldest time.Time // of its messages; new ones are younger
}

// Tidy removes the messages of the outbox that have been kept for long enough.
// Deliveries expire as records; files do not. A message's name is its delivery's
// id, which tells when it was sent: only the folder is read, no file, and that only
// when something is due, at most once an hour. It is cheap to call often.
func (p *Post) Tidy() {
	p.tidy.mu.Lock()
	defer p.tidy.mu.Unlock()
	now := p.o.Now()
	before := now.Add(-p.keep())
	if t := &p.tidy; !t.looked.IsZero() && (now.Sub(t.looked) < tidyPause || t.oldest.After(before)) {
		return
	}
	oldest, err := p.prune(before)
	if err != nil && !errors.Is(err, os.ErrClosed) { // the domain was closed
		p.o.Log.Warn("the outbox could not be tidied", "domain", p.d.Name(), "err", err)
	}
	if oldest.IsZero() {
		oldest = now
	}
	p.tidy.looked, p.tidy.oldest = now, oldest
}

// prune removes the messages from before a time and tells the time of the oldest
// that stays, zero for none. Whatever else is in the folder stays.
func (p *Post) prune(before time.Time) (oldest time.Time, err error) {
	files := p.d.Files()
	if info, err := files.Lstat(string(outboxDir)); err != nil || !info.IsDir() { // a link may lead to records
		if os.IsNotExist(err) {
			err = nil
		}
		return oldest, err
	}
	dir, err := files.Open(string(outboxDir))
	if err != nil {
		return oldest, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	for _, name := range names {
		at, ok := sentAt(name)
		switch {
		case !ok:
		case at.Before(before):
			if e := files.Remove(path.Join(string(outboxDir), name)); e != nil && !os.IsNotExist(e) {
				err = e
			}
		case oldest.IsZero() || at.Before(oldest):
			oldest = at
		}
	}
	return oldest, err
}

// sentAt is when a message of the outbox was sent, by its file's name.
func sentAt(name string) (time.Time, bool) {
	id, mail := strings.CutSuffix(name, ".eml")
	id, text := strings.CutSuffix(id, ".json")
	if mail == text {
		return time.Time{}, false
	}
	return domain.IDTime(id)
}
