package domain

import (
	"bytes"
	"io/fs"
	"strings"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/tidwall/gjson"
)

// Metadata lies in .meta.json inside a directory, in .F.meta.json beside a file
// F. People edit it: it is read as relaxed JSON.

const metaName = ".meta.json"

// metaPath is where the metadata of an object lies.
func metaPath(p Path, race Race) Path {
	if race == DIR {
		return p.child(metaName)
	}
	return p.Dir().child("." + p.Base() + metaName)
}

// metaOwner is the object that a metadata file describes.
func metaOwner(p Path) (owner Path, race Race, ok bool) {
	name, ok := strings.CutSuffix(p.Base(), metaName)
	switch {
	case !ok:
		return "", "", false
	case name == "":
		return p.Dir(), DIR, true
	case strings.HasPrefix(name, ".") && len(name) > 1:
		return p.Dir().child(name[1:]), FILE, true
	}
	return "", "", false
}

// loadMeta puts an object's metadata into its entry. Unchanged metadata is
// taken from the entry before; broken metadata leaves the last good.
func (d *Domain) loadMeta(e, old *entry) {
	p := metaPath(e.real, e.obj.Race)
	if e.inert && e.obj.Race == DIR {
		e.spread()
		return
	}
	e.metaAt = stampOf(d.files, p)
	switch {
	case e.metaAt == stamp{}:
	case e.metaAt.mode&fs.ModeSymlink != 0 && d.leadsToContent(p): // a link to an upload
	case old != nil && old.metaAt == e.metaAt && old.obj.Race == e.obj.Race:
		e.meta, e.metaErr = old.meta, old.metaErr
	default:
		e.meta, e.metaErr = d.readMeta(p)
		if e.metaErr != nil {
			d.log().Warn("metadata is broken, the last good stays", "domain", d.name, "err", e.metaErr)
			if old != nil {
				e.meta = old.meta
			}
		}
	}
	if !e.metaAt.mode.IsRegular() && (e.metaAt != stamp{}) {
		e.sure = false // a link: its target is not watched for e
	}
	e.spread()
}

// spread fills the object from its metadata.
func (e *entry) spread() {
	o := &e.obj
	o.Created = o.Modified
	if len(e.meta) == 0 {
		return
	}
	o.ID = gjson.GetBytes(e.meta, "id").String()
	if ct := gjson.GetBytes(e.meta, "ct"); ct.Type == gjson.Number {
		o.Created = ct.Int()
	}
	if ms := readMembers(e.meta).without(standard); len(ms) > 0 {
		o.Meta = ms.json()
	}
}

// readMeta is a metadata file as strict JSON, nil when there is none.
func (d *Domain) readMeta(p Path) ([]byte, error) {
	src, _, err := readStamped(d.files, p, MaxMeta)
	if missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, ioError(err, p)
	}
	js, faults := parseMeta(p.String(), src)
	if len(faults) > 0 {
		return nil, faultsError("e.io.meta", faults)
	}
	return js, nil
}

// parseMeta reads the text of a metadata file. Nothing but blanks is no
// metadata.
func parseMeta(file string, src []byte) ([]byte, []Fault) {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if len(bytes.TrimSpace(src)) == 0 {
		return nil, nil
	}
	text := string(src)
	js, faults := parseObject(file, text)
	if len(faults) > 0 {
		return nil, faults
	}
	for _, m := range readMembers(js) {
		if msg := metaFault(m); msg != (Text{}) {
			return nil, []Fault{memberFault(file, text, m.key, msg)}
		}
	}
	return js, nil
}

// parseObject reads a relaxed-JSON object.
func parseObject(file, src string) ([]byte, []Fault) {
	js, err := relaxed.ToJSON(src)
	if err != nil {
		return nil, []Fault{relaxedFault(file, src, err)}
	}
	if len(js) == 0 || js[0] != '{' {
		return nil, []Fault{faultAt(file, src, 0, Text{ZH: "应为对象", EN: "an object is expected"})}
	}
	return js, nil
}

// memberFault is a fault at a member's value.
func memberFault(file, src, key string, msg Text) Fault {
	if n, err := relaxed.Parse(src); err == nil {
		for _, f := range n.Fields {
			if f.Key == key {
				return faultAt(file, src, f.Value.Offset, msg)
			}
		}
	}
	return FaultAt(file, 0, 0, msg)
}

// metaFault checks the standard keys that metadata may hold.
func metaFault(m member) Text {
	v := gjson.Parse(m.raw)
	switch {
	case m.key == "id" && (v.Type != gjson.String || !isAnyID(v.Str)):
		return Textf("不是 ID：%s", "not an id: %s", shorten(m.raw))
	case m.key == "ct" && v.Type != gjson.Number:
		return Text{ZH: "ct 必须是 Unix 毫秒", EN: "ct must be Unix milliseconds"}
	}
	return Text{}
}

// isAnyID reports whether s may be an id that a person gave: up to 64 letters,
// digits, "-", "_" and ".", not beginning with "-".
func isAnyID(s string) bool {
	if s == "" || len(s) > 64 || s[0] == '-' {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.')
	})
}
