package filestore

import (
	"github.com/caryahq/carya/domain"
	"strings"

	"github.com/tidwall/gjson"

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

func (t *set) ownFile(id string) string { return t.dir + "/" + ownName(id, t.def.Plain) }

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

// recordText is a record as its own file holds it.
func recordText(body []byte) []byte {
	return append(relaxed.AppendIndent(nil, body, indent), '\n')
}

// readText is the record that a person may have written.
func readText(text []byte, id string) (body []byte, err error) {
	if body, err = relaxed.ToJSON(string(text)); err != nil {
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
