package cmds

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// options writes what -mime and -download say; name is the object's, if any.
func (a *answer) options(c *shell.Call, name string) error {
	if c.Has("download") {
		if v := c.Opt("download"); v.Given() {
			name = v.Text()
		}
		if err := a.addDefault("Content-Disposition", attachment(name)); err != nil {
			return err
		}
	}
	if !c.Has("mime") {
		return nil
	}
	m, err := c.Opt("mime").Header()
	if err != nil {
		return err
	}
	return a.addDefault("Content-Type", m)
}

// attachment is the header for a download (RFC 6266): a plain name for old
// clients, and the real one in RFC 8187.
func attachment(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '/' || r == '\\' {
			return '_'
		}
		return r
	}, path.Base(strings.ToValidUTF8(name, "_")))
	old := strings.Map(func(r rune) rune {
		if r > '~' || r == '"' || r == '%' {
			return '_'
		}
		return r
	}, name)
	out := mime.FormatMediaType("attachment", map[string]string{"filename": old})
	if old != name {
		out += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return out
}

// object answers with an object's content.
func (a *answer) object(c *shell.Call) error {
	ref, err := c.Opt("body").Ref()
	if err != nil {
		return err
	}
	if isRequest(c, ref) {
		return domain.E("e.cmd.arg", domain.Text{ZH: "请求体经管道传入：cat id:${id} | httpout", EN: "the request's body comes by the pipe: cat id:${id} | httpout"})
	}
	t, p, err := pathOf(c, c.Opt("body"))
	if err != nil {
		return err
	}
	o, err := t.Stat(p)
	if err != nil {
		return err
	}
	return a.content(c, t, o)
}

// content answers with a file of a tree.
func (a *answer) content(c *shell.Call, t *domain.Tree, o *domain.Object) error {
	f, err := t.Open(o.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	a.body = withContext(c, f)
	if err := a.options(c, o.Name); err != nil {
		return err
	}
	if err := a.addDefault("Content-Type", o.Mime); err != nil {
		return err
	}
	tag, match := a.etag(c, fmt.Sprintf(`"%x-%x"`, o.Len, o.Modified))
	if match {
		a.notModified()
		return a.write(c.Out)
	}
	if err := a.part(c, f, o.Len, tag); err != nil {
		return err
	}
	return a.write(c.Out)
}

func (a *answer) notModified() { a.status, a.body = http.StatusNotModified, nil }

// etag writes the ETag and reports whether the caller has that version already.
func (a *answer) etag(c *shell.Call, own string) (tag string, match bool) {
	if !a.tagged {
		return "", false
	}
	if v := c.Opt("etag"); v.Given() {
		own = `"` + strings.Map(tagByte, strings.Trim(v.Text(), `"`)) + `"`
	}
	if own == "" || a.addDefault("Etag", own) != nil || c.Request == nil || c.Request.Header == nil {
		return own, false
	}
	for seen := range strings.SplitSeq(c.Request.Header("If-None-Match"), ",") {
		seen = strings.TrimPrefix(strings.TrimSpace(seen), "W/")
		match = match || seen == own || seen == "*"
	}
	return own, match && a.status == http.StatusOK
}

// tagByte keeps a tag to the characters of RFC 9110, section 8.8.3.
func tagByte(r rune) rune {
	if r <= ' ' || r == '"' || r >= 0x7f {
		return '_'
	}
	return r
}

// part limits the body to the range that was asked for.
func (a *answer) part(c *shell.Call, f io.Reader, size int64, tag string) error {
	from, n, ok := a.wanted(c, size, tag)
	seeker, can := f.(io.Seeker)
	if a.ranged && can {
		if err := a.addDefault("Accept-Ranges", "bytes"); err != nil {
			return err
		}
	}
	switch {
	case !ok || !can:
		n = size
	case n == 0:
		a.status, a.body = http.StatusRequestedRangeNotSatisfiable, nil
		return a.add("Content-Range", fmt.Sprintf("bytes */%d", size))
	default:
		if _, err := seeker.Seek(from, io.SeekStart); err != nil {
			return err
		}
		a.status, a.body = http.StatusPartialContent, io.LimitReader(a.body, n)
		if err := a.add("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, from+n-1, size)); err != nil {
			return err
		}
	}
	c.Promise(n)
	return a.addDefault("Content-Length", strconv.FormatInt(n, 10))
}

// wanted is the range that counts: -range's value or the request's own, which
// If-Range may void.
func (a *answer) wanted(c *shell.Call, size int64, tag string) (from, n int64, ok bool) {
	if !a.ranged || a.status != http.StatusOK {
		return 0, 0, false
	}
	want := c.Opt("range").Text()
	if !c.Opt("range").Given() && c.Request != nil && c.Request.Header != nil {
		if cond := c.Request.Header("If-Range"); cond == "" || cond == tag {
			want = c.Request.Header("Range")
		}
	}
	return byteRange(want, size)
}

// byteRange reads a single range (RFC 9110, section 14.2): n is 0 when nothing of it
// exists. Anything else is no range, and the whole counts.
func byteRange(s string, size int64) (from, n int64, ok bool) {
	s, ok = strings.CutPrefix(strings.TrimSpace(s), "bytes=")
	first, last, dash := strings.Cut(s, "-")
	if !ok || !dash || strings.ContainsAny(last, ",-") {
		return 0, 0, false
	}
	a, errA := strconv.ParseUint(first, 10, 62)
	b, errB := strconv.ParseUint(last, 10, 62)
	from, to := int64(a), int64(b)
	switch {
	case first == "" && errB == nil:
		from, to = max(0, size-to), size-1
	case errA == nil && last == "":
		to = size - 1
	case errA != nil || errB != nil || to < from:
		return 0, 0, false
	}
	to = min(to, size-1)
	if from >= size || to < from {
		return 0, 0, true
	}
	return from, to - from + 1, true
}
