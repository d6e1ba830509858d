package thingset

import (
	"unicode/utf8"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// MaxRecord bounds the body of a record, in bytes.
const MaxRecord = 16 << 20

// CheckBody refuses a body that no engine takes: one that is too large
// (e.thing.large), and one that is not UTF-8 (e.json), with the offset.
func CheckBody(id string, body []byte) error {
	switch {
	case len(body) > MaxRecord:
		return domain.E("e.thing.large", domain.Textf("%v 有 %v 字节，最多 %v 字节", "%v has %v bytes, at most %v are allowed", id, len(body), MaxRecord))
	case !utf8.Valid(body):
		return domain.E("e.json", domain.Textf("%v 第 %v 字节处不是 UTF-8", "%v is not UTF-8 at byte %v", id, relaxed.BadByte(string(body))))
	}
	return nil
}
