package history

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// maxSorted bounds how many records a query that wants another order than the
// newest first may hold at once.
const maxSorted = 100_000

// Query gives the records that match, newest first unless q.Sort says otherwise
// (q.Limit 0: all). With q.NoSum reading ends with the page.
func (b *Books) Query(ctx context.Context, name string, q thingset.Query) (thingset.Page, error) {
	k, err := b.book(name)
	if err != nil {
		return thingset.Page{}, err
	}
	newest := len(q.Sort) == 1 && q.Sort[0].Key == "ct" && q.Sort[0].Desc || len(q.Sort) == 0
	var found [][]byte
	sum := 0
	err = k.each(func(line []byte) (bool, error) {
		fits, err := q.Match.Match(ctx, line)
		if err == nil {
			err = thingset.Canceled(ctx)
		}
		if err != nil || !fits {
			return err == nil, err
		}
		sum++
		switch {
		case !newest && sum > maxSorted:
			return false, domain.E("e.io.toolarge", domain.Text{ZH: "记录过多，无法排序：请缩小匹配范围", EN: "too many records to sort: a narrower match"})
		case !newest || sum > q.Skip && (q.Limit == 0 || len(found) < q.Limit):
			found = append(found, bytes.Clone(line))
		}
		return !q.NoSum || !newest || q.Limit == 0 || len(found) < q.Limit, nil
	})
	if err != nil {
		return thingset.Page{}, err
	}
	if !newest {
		found = cut(sorted(found, q.Sort), q)
	}
	return page(found, q, sum), nil
}

func cut(found [][]byte, q thingset.Query) [][]byte {
	found = found[min(q.Skip, len(found)):]
	if q.Limit > 0 {
		found = found[:min(q.Limit, len(found))]
	}
	return found
}

func page(found [][]byte, q thingset.Query, sum int) thingset.Page {
	list := make([]thingset.Record, len(found))
	for i, body := range found {
		list[i] = thingset.Record{ID: gjson.GetBytes(body, "id").String(), Body: body}
	}
	if q.NoSum {
		sum = -1
	}
	return thingset.Page{List: list, Pager: thingset.PagerOf(q, len(list), sum)}
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

// each gives the records that have not run out, newest first, until f says no.
// What is no record, a line cut off by a crash say, is passed over.
func (k *book) each(f func(line []byte) (more bool, err error)) error {
	names, err := k.files()
	if err != nil {
		return err
	}
	now := k.of.now().UnixMilli()
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
			if !gjson.ValidBytes(line) || expired(line, now) {
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
