package history

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
)

// maxSorted bounds how many bytes of records a query that wants another order than the
// newest first may hold at once.
const maxSorted = 32 << 20

// Query gives the records that match, newest first unless q.Sort says otherwise
// (q.Limit 0: all). With q.NoSum reading ends with the page.
func (b *Books) Query(ctx context.Context, name string, q thingset.Query) (thingset.Page, error) {
	page := thingset.Page{List: []thingset.Record{}}
	var err error
	page.Pager, err = b.Walk(ctx, name, q, func(line []byte) bool {
		page.List = append(page.List, thingset.Record{ID: gjson.GetBytes(line, "id").String(), Body: bytes.Clone(line)})
		return true
	})
	return page, err
}

// Walk is Query of a page that is not gathered: give is called for each record, until
// it says no.
func (b *Books) Walk(ctx context.Context, name string, q thingset.Query, give func(line []byte) bool) (thingset.Pager, error) {
	k, err := b.book(name)
	if err != nil {
		return thingset.Pager{}, err
	}
	n, sum := 0, 0
	if newest := len(q.Sort) == 1 && q.Sort[0].Key == "ct" && q.Sort[0].Desc || len(q.Sort) == 0; newest {
		n, sum, err = k.newest(ctx, q, give)
	} else {
		n, sum, err = k.inOrder(ctx, q, give)
	}
	if q.NoSum {
		sum = -1
	}
	return thingset.PagerOf(q, n, sum), err
}

// wanted reports whether a record matches.
func wanted(ctx context.Context, q thingset.Query, line []byte) (bool, error) {
	fits, err := q.Match.Match(ctx, line)
	if err == nil {
		err = thingset.Canceled(ctx)
	}
	return fits, err
}

// newest gives a page, the newest first.
func (k *book) newest(ctx context.Context, q thingset.Query, give func(line []byte) bool) (n, sum int, err error) {
	err = k.each(ctx, func(line []byte) (bool, error) {
		fits, err := q.Match.Match(ctx, line)
		if err == nil {
			err = thingset.Canceled(ctx)
		}
		if err != nil || !fits {
			return err == nil, err
		}
		if sum++; sum > q.Skip && (q.Limit == 0 || n < q.Limit) {
			if n++; !give(line) {
				return false, nil
			}
		}
		return !q.NoSum || q.Limit == 0 || n < q.Limit, nil
	})
	return n, sum, err
}

// inOrder gives a page in another order.
func (k *book) inOrder(ctx context.Context, q thingset.Query, give func(line []byte) bool) (n, sum int, err error) {
	var found [][]byte
	size := 0
	err = k.each(ctx, func(line []byte) (bool, error) {
		if fits, err := wanted(ctx, q, line); err != nil || !fits {
			return err == nil, err
		}
		found = append(found, bytes.Clone(line))
		if size += len(line) + perLine; size > maxSorted {
			return false, domain.E("e.io.toolarge", domain.Text{ZH: "记录过多，无法排序：请缩小匹配范围", EN: "too many records to sort: a narrower match"})
		}
		return true, nil
	})
	if err != nil {
		return 0, 0, err
	}
	sum = len(found)
	for _, line := range cut(sorted(found, q.Sort), q) {
		if n++; !give(line) {
			break
		}
	}
	return n, sum, nil
}

// perLine is about what a record takes besides its bytes, with its keys.
const perLine = 150

func cut(found [][]byte, q thingset.Query) [][]byte {
	found = found[min(q.Skip, len(found)):]
	if q.Limit > 0 {
		found = found[:min(q.Limit, len(found))]
	}
	return found
}

// sorted orders lines as the store orders records.
func sorted(lines [][]byte, by []thingset.Order) [][]byte {
	type row struct {
		line []byte
		keys [][]byte
	}
	rows := make([]row, len(lines))
	for i, line := range lines {
		rows[i].line = line
		for _, o := range by {
			rows[i].keys = append(rows[i].keys, thingset.SortKey(nil, gjson.GetBytes(line, o.Key)))
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		for i, o := range by {
			if c := bytes.Compare(a.keys[i], b.keys[i]); c != 0 {
				if o.Desc {
					return -c
				}
				return c
			}
		}
		return 0
	})
	for i := range rows {
		lines[i] = rows[i].line
	}
	return lines
}

// paceEvery is after how many records a walk waits for its turn.
const paceEvery = 1024

// each gives the records that have not run out, newest first, until f says no.
// What is no record, a line cut off by a crash say, is passed over.
func (k *book) each(ctx context.Context, f func(line []byte) (more bool, err error)) error {
	names, err := k.files()
	if err != nil {
		return err
	}
	now, n, pace := k.of.now().UnixMilli(), 0, domain.PaceOf(ctx)
	for _, name := range slices.Backward(names) {
		data, err := k.read(k.path(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // its time had come
		}
		if err != nil {
			return err
		}
		for rest := data; len(rest) > 0; {
			at := bytes.LastIndexByte(bytes.TrimSuffix(rest, []byte{'\n'}), '\n') + 1
			line := bytes.TrimSpace(rest[at:])
			rest = rest[:at]
			if n++; n%paceEvery == 0 && pace != nil {
				if err := pace(); err != nil {
					return err
				}
			}
			if !relaxed.Valid(line) || expired(line, now) {
				continue
			}
			if more, err := f(line); err != nil || !more {
				return err
			}
		}
	}
	return nil
}

func expired(line []byte, now int64) bool {
	expi := gjson.GetBytes(line, "expi").Int()
	return expi > 0 && expi <= now
}
