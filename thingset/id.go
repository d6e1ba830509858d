package thingset

import (
	"strings"

	"github.com/caryahq/carya/domain"
)

// CheckID refuses what cannot be a record's id (e.thing.id). An id is a file
// name everywhere: 1 to 128 of A-Z a-z 0-9 _ - . @ +, not beginning with a dot
// or a hyphen, and not the name of a file that an engine keeps beside the record
// ("<id>.conflict-<rev>").
func CheckID(id string) error {
	if id == "" || len(id) > 128 || id[0] == '.' || id[0] == '-' || strings.Contains(id, ".conflict-") {
		return badID(id)
	}
	for i := range len(id) {
		if c := id[i]; !isWordByte(c) && c != '.' && c != '@' && c != '+' {
			return badID(id)
		}
	}
	return nil
}

func badID(id string) error {
	const most = 64
	id = strings.ToValidUTF8(id, "?")
	if r := []rune(id); len(r) > most {
		id = string(r[:most]) + "…"
	}
	return domain.E("e.thing.id", id)
}
