package regapi

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// The shapes of JSON answers (http-envelope). In all but ok the script prints
// the data, or the envelope ok, and the engine makes the shape of it:
//
//	errno   {"errno":0,"data":…}                     {"errno":-1,"errText":"…"}
//	state   {"state":"ok",members of the data…}      {"state":"failed","reason":"…",members…}
//	oauth   the data (RFC 6749)                      {"error":"…","error_description":"…"}
//	result  {"successful":true,"code":"200",…}       {"successful":false,"code":"…","name":…,"message":…,"option":…,"data":null}
const (
	shapeOK     = "ok"
	shapeErrno  = "errno"
	shapeState  = "state"
	shapeOAuth  = "oauth"
	shapeResult = "result"
)

func shapeNames() []string {
	return []string{shapeOK, shapeErrno, shapeState, shapeOAuth, shapeResult}
}

// shapeHold is how much output a shaped answer may have: it is wrapped whole.
const shapeHold = 8 << 20

// envelopeRule is what the metadata says of the shape; zero is ok.
type envelopeRule struct {
	shape string
	table domain.Path // "" without
}

func (r envelopeRule) on() bool { return r.shape != "" && r.shape != shapeOK }

func (c *compiler) envelope(s setting) domain.Text {
	name, _ := s.text()
	if !slices.Contains(shapeNames(), name) {
		return domain.Textf("只能是 %s 之一", "must be one of %s", strings.Join(shapeNames(), ", "))
	}
	c.ep.envelope.shape = name
	return domain.Text{}
}

func (c *compiler) envelopeTable(s setting) domain.Text {
	text, _ := s.text()
	p, err := domain.ParsePath(text)
	if err != nil || text == "" {
		return domain.Text{ZH: "必须是文件的路径：~/.regapi/api/.errors.json", EN: "must be the path of a file: ~/.regapi/api/.errors.json"}
	}
	c.ep.envelope.table = p
	return domain.Text{}
}

// wrap makes the shape of a script's output. An output that is the envelope ok
// of a failure is the error that it tells.
func (a *answer) wrap() error {
	out := bytes.TrimSpace(a.buf)
	doc := gjson.ParseBytes(out)
	switch ok := doc.Get("ok"); {
	case len(out) > 0 && !relaxed.Valid(out):
		out = relaxed.AppendString(nil, string(out))
	case doc.IsObject() && ok.IsBool() && bytes.HasPrefix(out, []byte(`{"ok":`)):
		if !ok.Bool() {
			return toldError(doc)
		}
		out = []byte(doc.Get("data").Raw)
	}
	a.buf = appendShape(nil, a.ep.envelope.shape, bytes.Clone(out), a.c.table())
	return nil
}

// toldError is the error that an envelope tells.
func toldError(doc gjson.Result) error {
	e := domain.E(doc.Get("errCode").String())
	if e.Kind == domain.Internal {
		e.Kind = domain.Invalid // the script has answered with it
	}
	if _, detail, ok := strings.Cut(doc.Get("msg").String(), ": "); ok {
		e.Detail = detail
	}
	if d := doc.Get("data"); d.Exists() {
		e = e.With(d.Value())
	}
	return e
}

// appendShape is a success in a shape; no data is empty.
func appendShape(dst []byte, shape string, data []byte, t *errorTable) []byte {
	switch shape {
	case shapeErrno:
		dst = append(dst, `{"errno":0`...)
		if len(data) > 0 {
			dst = append(append(dst, `,"data":`...), data...)
		}
		return append(dst, '}')
	case shapeState:
		return append(appendMembers(append(dst, `{"state":"ok"`...), data), '}')
	case shapeResult:
		return appendResult(dst, data, t)
	}
	return append(dst, data...)
}

// appendMembers adds the members of an object, or anything else as data.
func appendMembers(dst, data []byte) []byte {
	doc := gjson.ParseBytes(data)
	switch {
	case len(data) == 0 || doc.Type == gjson.Null:
	case doc.IsObject():
		if in := bytes.TrimSpace(data[1 : len(data)-1]); len(in) > 0 {
			dst = append(append(dst, ','), in...)
		}
	default:
		dst = append(append(dst, `,"data":`...), data...)
	}
	return dst
}

// appendResult is a success; of a page {list,pager} the list is the data and the
// sum the option.
func appendResult(dst, data []byte, t *errorTable) []byte {
	option := "null"
	if doc := gjson.ParseBytes(data); doc.Get("list").IsArray() && doc.Get("pager").IsObject() {
		if sum := doc.Get("pager.sum"); sum.Exists() {
			option = sum.Raw
		}
		data = []byte(doc.Get("list").Raw)
	}
	if len(data) == 0 {
		data = []byte("null")
	}
	dst = append(dst, `{"successful":true,"code":`...)
	dst = relaxed.AppendString(dst, t.ok.codeText("200"))
	dst = append(dst, `,"name":`...)
	dst = relaxed.AppendString(dst, orElse(t.ok.name, "Success"))
	dst = append(dst, `,"message":`...)
	dst = relaxed.AppendString(dst, orElse(t.ok.plain, "OK"))
	dst = append(append(dst, `,"option":`...), option...)
	return append(append(append(dst, `,"data":`...), data...), '}')
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// shapedStatus is the status of an error's answer in a shape: 200 for all that
// is part of the conversation, unless the table says otherwise. Where no JSON is
// spoken, a picture that is not there keeps its own status.
func (c *call) shapedStatus(e *domain.Error, row *errorRow, own int) int {
	if row.status != 0 {
		return row.status
	}
	status := statusOf(e, false)
	switch {
	case c.ep == nil || !c.ep.isJSON():
		return own
	case c.ep.envelope.shape == shapeOAuth:
		return status
	case status >= 500, status == http.StatusTooManyRequests, overLimit(e):
		return status
	}
	return http.StatusOK
}

// shaped is an error in the shape that counts, and its status; own is the one it
// has without.
func (c *call) shaped(dst []byte, e *domain.Error, own int) ([]byte, int) {
	shape, t := c.rule().shape, c.table()
	row := t.row(e.Code)
	status := c.shapedStatus(e, row, own)
	v := &errorVars{e: e, lang: c.lang, status: status, name: row.name}
	v.text = row.say(v)
	switch shape {
	case shapeErrno:
		dst = append(dst, `{"errno":`...)
		dst = append(dst, row.codeNumber(-1)...)
		dst = append(dst, `,"errText":`...)
		dst = relaxed.AppendString(dst, v.text)
	case shapeState:
		dst = append(dst, `{"state":"failed","reason":`...)
		dst = relaxed.AppendString(dst, row.codeText(e.Code))
		if doc := dataJSON(e.Data); gjson.ParseBytes(doc).IsObject() {
			dst = appendMembers(dst, doc)
		}
	case shapeOAuth:
		dst = append(dst, `{"error":`...)
		dst = relaxed.AppendString(dst, row.codeText(oauthCode(e.Kind)))
		dst = append(dst, `,"error_description":`...)
		dst = relaxed.AppendString(dst, v.text)
	case shapeResult:
		dst = append(dst, `{"successful":false,"code":`...)
		dst = relaxed.AppendString(dst, row.codeText(strconv.Itoa(statusOf(e, false))))
		dst = append(dst, `,"name":`...)
		dst = relaxed.AppendString(dst, orElse(row.name, strings.ReplaceAll(http.StatusText(statusOf(e, false)), " ", "")))
		dst = append(dst, `,"message":`...)
		dst = relaxed.AppendString(dst, v.text)
		dst = append(append(dst, `,"option":`...), orElse(string(dataJSON(e.Data)), "null")...)
		dst = append(dst, `,"data":null`...)
	}
	return append(t.appendFields(dst, v), '}'), status
}

// oauthCode is RFC 6749's code for a kind of error.
func oauthCode(k domain.Kind) string {
	switch k {
	case domain.Unauthorized:
		return "invalid_grant"
	case domain.Forbidden:
		return "access_denied"
	case domain.Busy, domain.Timeout, domain.TooMany:
		return "temporarily_unavailable"
	case domain.Internal, domain.Usage:
		return "server_error"
	}
	return "invalid_request"
}
