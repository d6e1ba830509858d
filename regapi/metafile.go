package regapi

import (
	"errors"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell/syntax"
)

// metaText is one source of metadata: the object in an endpoint's file, its
// .F.meta.json, or a folder's .meta.json. It never changes.
type metaText struct {
	file   string // as faults name it
	src    string
	at     syntax.Pos
	node   *relaxed.Node // nil when the text is broken or blank
	faults []domain.Fault
	unread bool // the file could not be read
}

// maxMeta bounds one source of metadata, in bytes: a folder's counts for all endpoints below.
const maxMeta = 64 << 10

// parseMeta reads metadata, relaxed JSON; an empty text has none.
func parseMeta(file, src string, at syntax.Pos) *metaText {
	t := &metaText{file: file, src: src, at: at}
	if strings.TrimSpace(src) == "" {
		return t
	}
	if len(src) > maxMeta {
		t.faults = append(t.faults, t.fault(0, domain.Textf("元数据有 %v 字节，最多 %v", "metadata of %v bytes; %v are the most", len(src), maxMeta)))
		return t
	}
	n, err := relaxed.Parse(src)
	switch {
	case err != nil:
		off, msg := 0, domain.TextOf(err)
		if e, ok := errors.AsType[*relaxed.Error](err); ok {
			off = e.Offset
		}
		t.faults = append(t.faults, t.fault(off, msg))
	case n.Kind != relaxed.Object:
		t.faults = append(t.faults, t.fault(n.Offset, domain.Text{ZH: "元数据必须是对象", EN: "metadata must be an object"}))
	default:
		t.node = n
	}
	return t
}

func (t *metaText) fault(off int, msg domain.Text) domain.Fault {
	return faultAt(t.file, posAt(t.src, t.at, off), msg)
}

// setting is a metadata value and where it stands.
type setting struct {
	key  string
	node *relaxed.Node
	from *metaText
}

// param is the text of api-param-name in folder metadata.
func (t *metaText) param() string {
	if t == nil || t.node == nil {
		return ""
	}
	for _, f := range t.node.Fields {
		if f.Key == keyParamName && f.Value.Kind == relaxed.String {
			return f.Value.String()
		}
	}
	return ""
}

// merge lays metadata over each other, the last one wins. folders are the
// defaults of the folders, outermost first: of those only the engine's keys
// count, since the rest describes the folder.
func merge(folders []*metaText, own ...*metaText) []setting {
	var out []setting
	at := map[string]int{}
	put := func(t *metaText, inherits bool) {
		if t == nil || t.node == nil {
			return
		}
		for _, f := range t.node.Fields {
			if inherits && (!engineKey(f.Key) || f.Key == keyParamName) {
				continue
			}
			i, ok := at[mergeName(f.Key)]
			if !ok {
				i = len(out)
				at[mergeName(f.Key)] = i
				out = append(out, setting{})
			}
			out[i] = setting{f.Key, f.Value, t}
		}
	}
	for _, t := range folders {
		put(t, true)
	}
	for _, t := range own {
		put(t, false)
	}
	return out
}

// mergeName makes header names equal without case.
func mergeName(key string) string {
	if strings.HasPrefix(key, headerPrefix) {
		return strings.ToLower(key)
	}
	return key
}
