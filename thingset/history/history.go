// Package history keeps what has happened in a domain, one line of JSON for each
// event, and answers queries about it.
//
//	~/.domain/history/<name>/2026-11-21-0001.jsonl
//
// A name is a book: `audit` is the server's own, others are made by endpoints
// and people. A book's file is for one day (UTC) and has a largest size; then the next one
// is begun. A line is written before Add returns, so it outlives the process; it
// is synced to disk within a second.
//
//	history.go   the books of a domain
//	book.go      the files of one book, and adding to them
//	query.go     reading them
//	clean.go     what is removed, and when
//	config.go    what domain.json says: how long, how large, who gets copies
//	forward.go   copies to files and HTTP hooks, on a bounded queue
package history

import (
	"errors"
	"regexp"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
)

// Audit is the book of the server's own records. No endpoint writes to it.
const Audit = "audit"

// Books are the books of one open domain. All methods may be called at once.
type Books struct {
	d   *domain.Domain
	now func() time.Time

	mu    sync.Mutex
	books map[string]*book

	rules   ruleCache
	forward forwarder
}

type booksKey struct{}

// Of gives the books of a domain, the same for all callers while it is open.
func Of(d *domain.Domain) *Books {
	return d.ValueOr(booksKey{}, func() any {
		b := &Books{d: d, now: time.Now, books: map[string]*book{}}
		b.forward.books = b
		return b
	}).(*Books)
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

// maxBooks bounds how many books one domain may have open: their names come from
// scripts.
const maxBooks = 1000

// book finds a book: e.cmd.arg for what is no name.
func (b *Books) book(name string) (*book, error) {
	if !nameForm.MatchString(name) {
		return nil, domain.E("e.cmd.arg", domain.Textf(`不是历史的名字："%v"`, `not a history's name: "%v"`, name))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.books[name]
	if k == nil {
		if len(b.books) >= maxBooks {
			return nil, domain.E("e.busy", domain.Text{ZH: "历史过多", EN: "too many histories"})
		}
		k = &book{of: b, name: name, dir: domain.Path(".domain/history/" + name)}
		b.books[name] = k
	}
	return k, nil
}

// Close syncs and closes the files; copies that still wait are given a moment.
// Books may be used again afterwards.
func (b *Books) Close() error {
	b.forward.close()
	b.mu.Lock()
	defer b.mu.Unlock()
	var errs []error
	for _, k := range b.books {
		k.mu.Lock()
		errs = append(errs, k.closeFile())
		k.mu.Unlock()
	}
	return errors.Join(errs...)
}
