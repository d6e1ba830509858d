package cmds

import (
	"bytes"
	"slices"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thingGet is `thing SET get ID`.
func thingGet(d Deps) *shell.Command {
	return &shell.Command{
		Name:   "get",
		Manual: manual("thingget"),
		Params: []shell.Param{setParam(), idParam()},
		Options: thingOptions(
			ukeyOption(),
			flag("check", "fail when the thing breaks a rule of thing.json", "数据不符合 thing.json 时报错"),
			flag("full", "with th_prev and th_next, the ids of the things beside it", "带上前后数据的 id：th_prev、th_next"),
			matchOption("match"), sortOption(),
			flag("bin", "also from the bin", "包括回收站"),
			viewOption()),
		Run: withSet(d, runThingGet),
	}
}

func runThingGet(c *shell.Call, set *thingset.Set) error {
	get := set.Get
	if c.Has("bin") {
		get = set.Any
	}
	id, err := idOf(c, set, c.Arg(1).Text())
	if err != nil {
		return err
	}
	rec, err := get(c.Context(), id)
	if err != nil {
		return err
	}
	if c.Has("check") {
		if err := set.Schema().Check(rec.Body); err != nil {
			return err
		}
	}
	if c.Has("full") {
		if rec.Body, err = withNeighbors(c, set, rec); err != nil {
			return err
		}
	}
	return replyThings(c, []thingset.Record{rec}, true)
}

// withNeighbors adds th_prev and th_next in the order of -sort, among what -match
// lets through.
func withNeighbors(c *shell.Call, set *thingset.Set, rec thingset.Record) ([]byte, error) {
	q := thingset.Query{Bin: c.Has("bin")}
	var err error
	if q.Sort, err = thingSort(c); err != nil {
		return nil, err
	}
	if q.Match, err = thingMatch(c.Opt("match")); err != nil {
		return nil, err
	}
	prev, next, err := set.Neighbors(c.Context(), rec, q)
	if err != nil {
		return nil, err
	}
	body := bytes.TrimSuffix(bytes.TrimSpace(rec.Body), []byte("}"))
	body = append(slices.Clone(body), `,"th_prev":`...)
	body = appendIDOrNull(body, prev)
	body = append(body, `,"th_next":`...)
	return append(appendIDOrNull(body, next), '}'), nil
}

func appendIDOrNull(dst []byte, id string) []byte {
	if id == "" {
		return append(dst, "null"...)
	}
	return relaxed.AppendString(dst, id)
}
