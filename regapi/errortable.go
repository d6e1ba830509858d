package regapi

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

// errorTable maps the project's error codes to those of an API (http-envelope-table),
// relaxed JSON:
//
//	{
//	  fields: {service:"passport"},                    // further members of each failure
//	  ok:     {code:"200",name:"Success",text:"OK"},   // of a success (shape result)
//	  codes: {
//	    "e.auth.login.locked": {code:-3050,text:"locked for ${data} seconds",status:200,name:"Locked"},
//	    "e.auth.*":            {code:-3007,text:{zh:"…",en:"…"}},
//	    "*":                   {code:-10,text:"${msg}"}
//	  }
//	}
//
// An exact code beats the longest prefix. Texts hold ${code} ${msg} ${detail}
// ${data} ${status} ${name}; fields ${text} too. It never changes.
type errorTable struct {
	ok     errorRow
	exact  map[string]*errorRow
	prefix []*errorRow // longest first
	fields []tableField
}

// errorRow is what an API says of an error.
type errorRow struct {
	key    string
	code   string // as JSON; "" when it says none
	name   string
	plain  string // the text without placeholders, of ok
	zh, en *shell.Template
	status int
}

// tableField is a member that all failures have.
type tableField struct {
	name string
	json []byte          // as it stands; nil for a text with placeholders
	text *shell.Template // nil without
}

// noTable is the table of those who have none.
func noTable() *errorTable { return &errorTable{} }

// row is what the table says of a code; an empty row when nothing.
func (t *errorTable) row(code string) *errorRow {
	if r := t.exact[code]; r != nil {
		return r
	}
	for _, r := range t.prefix {
		if strings.HasPrefix(code, r.key) {
			return r
		}
	}
	return &errorRow{}
}

// codeText is the row's code as text, codeNumber as it was written.
func (r *errorRow) codeText(other string) string {
	if r.code == "" {
		return other
	}
	var s string
	if json.Unmarshal([]byte(r.code), &s) == nil {
		return s
	}
	return r.code
}

func (r *errorRow) codeNumber(other int) string {
	if r.code == "" {
		return strconv.Itoa(other)
	}
	return r.code
}

// say is the row's text for an error, or the catalogue's.
func (r *errorRow) say(v *errorVars) string {
	t := r.zh
	if v.lang == domain.EN && r.en != nil || t == nil {
		t = r.en
	}
	if t == nil {
		return v.message()
	}
	return string(t.Append(nil, v))
}

func (t *errorTable) appendFields(dst []byte, v *errorVars) []byte {
	for _, f := range t.fields {
		dst = append(relaxed.AppendString(append(dst, ','), f.name), ':')
		if f.text == nil {
			dst = append(dst, f.json...)
			continue
		}
		dst = relaxed.AppendString(dst, string(f.text.Append(nil, v)))
	}
	return dst
}

// errorVars are what a text may say of an error.
type errorVars struct {
	e          *domain.Error
	lang       domain.Lang
	status     int
	name, text string
}

// message is the catalogue's text with the detail, but for faults of the server.
func (v *errorVars) message() string {
	msg := domain.Message(v.e.Code, v.lang)
	if v.e.Detail != "" && v.e.Kind != domain.Internal {
		if msg == v.e.Code {
			return v.e.DetailIn(v.lang)
		}
		msg += ": " + v.e.DetailIn(v.lang)
	}
	return msg
}

// Lookup implements shell.Vars.
func (v *errorVars) Lookup(key string) (shell.Value, bool) {
	switch key {
	case "code":
		return text(v.e.Code)
	case "msg":
		return text(domain.Message(v.e.Code, v.lang))
	case "detail":
		if v.e.Kind == domain.Internal {
			return text("")
		}
		return text(v.e.DetailIn(v.lang))
	case "data":
		doc := dataJSON(v.e.Data)
		return shell.Value{Text: string(doc), JSON: true}, doc != nil
	case "status":
		return text(strconv.Itoa(v.status))
	case "name":
		return text(v.name)
	case "text":
		return text(v.text)
	}
	return shell.Value{}, false
}

// dataJSON is an error's data as JSON, nil without.
func dataJSON(data any) []byte {
	if data == nil {
		return nil
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return nil
	}
	return raw
}

// tables keeps the tables that were read, by domain and path.
type tables struct {
	mu   sync.Mutex
	read map[tableKey]*readTable
}

type tableKey struct{ dom, path string }

type readTable struct {
	size  int64
	mod   time.Time
	table *errorTable
}

// table is the endpoint's table, read anew when its file has changed. A broken one
// is no table; carya check says so.
func (c *call) table() *errorTable {
	p := c.rule().table
	if p == "" {
		return noTable()
	}
	files := c.d.Files()
	info, err := files.Stat(string(p))
	if err != nil {
		return noTable()
	}
	ts, key := &c.h.tables, tableKey{c.d.Name(), string(p)}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if r := ts.read[key]; r != nil && r.size == info.Size() && r.mod.Equal(info.ModTime()) {
		return r.table
	}
	t, faults := readErrorTable(files, p)
	if len(faults) > 0 {
		c.h.log.Error("the table of error codes is broken", "domain", c.d.Name(), "fault", faults[0].String())
		t = noTable()
	}
	if ts.read == nil || len(ts.read) > 1000 {
		ts.read = map[tableKey]*readTable{}
	}
	ts.read[key] = &readTable{info.Size(), info.ModTime(), t}
	return t
}

func readErrorTable(files *os.Root, path domain.Path) (*errorTable, []domain.Fault) {
	raw, err := domain.ReadFile(files, path, domain.MaxText)
	if err != nil {
		what := domain.TextOf(err)
		if errors.Is(err, fs.ErrNotExist) {
			what = domain.Text{ZH: "错误码表不存在", EN: "the table of error codes is not there"}
		}
		return nil, []domain.Fault{domain.FaultAt(path.String(), 0, 0, what)}
	}
	return parseErrorTable(path.String(), string(raw))
}

// tableFaults are what is wrong with the tables that endpoints and folders name,
// each once.
func tableFaults(d *domain.Domain, t *table) (out []domain.Fault) {
	named := map[domain.Path]bool{}
	for _, ep := range t.endpoints {
		named[ep.envelope.table] = true
	}
	for _, rule := range t.shapes {
		named[rule.table] = true
	}
	delete(named, "")
	for _, p := range slices.Sorted(maps.Keys(named)) {
		_, faults := readErrorTable(d.Files(), p)
		out = append(out, faults...)
	}
	return out
}
