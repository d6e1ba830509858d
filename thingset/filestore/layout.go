package filestore

import (
	"errors"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
)

// indent is how records are printed for people.
const indent = "  "

// recordDir is where a set's records lie.
func recordDir(set string, plain bool) string {
	if plain {
		return set
	}
	return set + "/index"
}

// ownName is the name of a record's own file in the set's folder.
func ownName(id string, plain bool) string {
	if plain {
		return id
	}
	return id + ".json"
}

func (t *set) ownFile(id string) string { return t.dir + "/" + ownName(id, t.plain) }

// ownMode is the mode of a record's own file: accounts and sessions are nobody
// else's.
const ownMode = 0o600

// ownID is the id that a file's name stands for; ok is false for a file that
// is no record: packs, dot files, leftovers, kept conflicts.
func ownID(name string, plain bool) (id string, ok bool) {
	if id = name; !plain {
		if id, ok = strings.CutSuffix(name, ".json"); !ok {
			return "", false
		}
	}
	return id, !pack.IsFile(name) && thingset.CheckID(id) == nil
}

// maxText bounds a record's own file, in bytes: the largest record, printed for
// people.
const maxText = 4 * thingset.MaxRecord

// recordText is a record as its own file holds it: printed for people, unless
// that would take more than maxText.
func recordText(body []byte) []byte {
	text, fits := relaxed.AppendIndentWithin(make([]byte, 0, len(body)+len(body)/4), body, indent, maxText-1)
	if !fits {
		text = append(text[:0], body...)
	}
	return append(text, '\n')
}

// readText is the record that a person may have written.
func readText(text []byte, id string) (body []byte, err error) {
	if body, err = relaxed.ToJSON(string(text)); err != nil {
		if e, ok := errors.AsType[*relaxed.Error](err); ok {
			line, col := relaxed.LineCol(string(text), e.Offset)
			err = domain.Errorf("第 %d 行第 %d 列：%v", "line %d, column %d: %v", line, col, e)
		}
		return nil, err
	}
	v := gjson.ParseBytes(body)
	if !v.IsObject() {
		return nil, domain.Errorf("不是对象", "it is no object")
	}
	if got := v.Get("id"); got.Type != gjson.String || got.Str != id {
		return nil, domain.Errorf("它的 ID 是 %s，而不是 %q", "its id is %s, not %q", cutText(got.Raw), id)
	}
	return relaxed.AppendCompact(nil, body), nil
}

// cutText is a value for a message.
func cutText(raw string) string {
	const most = 60
	if raw == "" {
		return "missing"
	}
	if len(raw) > most {
		return strings.ToValidUTF8(raw[:most], "") + "…"
	}
	return raw
}
