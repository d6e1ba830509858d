package cmds

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/tidwall/gjson"
)

func httpout() *shell.Command {
	return &shell.Command{
		Name:   "httpout",
		Manual: manual("httpout"),
		Reads:  true,
		Params: []shell.Param{{
			Name: "TEXT", Optional: true, Repeat: true,
			Help: both("the body; without it and -body, the pipe", "响应体；没有它也没有 -body 时读管道"),
		}},
		Options: []shell.Option{
			option("status", "CODE", shell.Int, "the status (200)", "状态码，默认 200"),
			withCheck(option("headers", "JSON", shell.JSON, "headers: {Name:value}, several values in a list", "响应头：{名:值}，多个值用列表"), checkHeaders),
			option("body", "PATH", shell.Ref, "an object as the body", "以对象内容为响应体"),
			option("mime", "TYPE", shell.Header, "the content type", "内容类型"),
			optional("download", "NAME", shell.Text, "to be saved under this name", "作为附件下载的文件名"),
			optional("etag", "TAG", shell.Header, "the ETag; the object's size and time when it is left out", "ETag，不给值则取对象的大小和时间"),
			optional("range", "RANGE", shell.Header, "a part of the object: bytes=0-99; the request's own when it is left out", "对象的一段：bytes=0-99，不给值则取请求头"),
		},
		Run: runHTTPOut,
	}
}

// checkHeaders refuses headers that can never be written.
func checkHeaders(n *relaxed.Node) error {
	if n.Kind == relaxed.Hole {
		return nil
	}
	if n.Kind != relaxed.Object {
		return domain.E("e.cmd.arg", domain.Text{ZH: "响应头是对象：{名:值}", EN: "headers are an object: {Name:value}"})
	}
	for _, f := range n.Fields {
		if err := checkHeaderName(f.Key); err != nil {
			return err
		}
	}
	return nil
}

// checkHeaderName holds a name to RFC 9110, section 5.6.2.
func checkHeaderName(name string) error {
	for i := range len(name) {
		b := name[i]
		if b <= ' ' || b >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, b) >= 0 {
			return domain.E("e.cmd.arg", domain.Textf("不是响应头的名字：%v", "not a header's name: %v", quoted(name)))
		}
	}
	if name == "" {
		return domain.E("e.cmd.arg", domain.Text{ZH: "响应头的名字是空的", EN: "a header's name is empty"})
	}
	return nil
}

// answer is a response on its way: its head, then its body.
type answer struct {
	status int
	head   strings.Builder
	set    map[string]bool // names, canonical
	body   io.Reader

	tagged, ranged bool // with an ETag, in parts
}

func runHTTPOut(c *shell.Call) error {
	a := &answer{set: map[string]bool{}, tagged: c.Has("etag"), ranged: c.Has("range")}
	var err error
	if a.status, err = wholeNumber(c, "status", http.StatusOK); err != nil {
		return err
	}
	if a.status < 200 || a.status > 599 {
		return domain.E("e.cmd.arg", domain.Textf("状态码是 200 到 599，而不是 %v", "a status is 200 to 599, not %v", a.status))
	}
	if err := a.headers(c); err != nil {
		return err
	}
	if c.Has("body") {
		return a.object(c)
	}
	a.body = withContext(c, c.In)
	if c.NArg() > 0 {
		text := joined(c.Args(0))
		a.body = strings.NewReader(text)
	}
	if err := a.options(c, ""); err != nil {
		return err
	}
	if _, match := a.etag(c, ""); match {
		a.notModified()
	}
	return a.write(c.Out)
}

func (a *answer) write(w io.Writer) error {
	head := fmt.Sprintf("HTTP/1.1 %d %s\n%s\n", a.status, http.StatusText(a.status), a.head.String())
	if _, err := io.WriteString(w, head); err != nil {
		return err
	}
	if a.body == nil {
		return nil
	}
	return copyTo(w, a.body)
}

// headers writes what -headers says.
func (a *answer) headers(c *shell.Call) (err error) {
	if !c.Has("headers") {
		return nil
	}
	raw, err := jsonArg(c, "headers")
	if err != nil {
		return err
	}
	if !strings.HasPrefix(raw, "{") {
		return domain.E("e.cmd.arg", domain.Text{ZH: "响应头是对象：{名:值}", EN: "headers are an object: {Name:value}"})
	}
	eachMember(raw, func(name, v string) {
		values := []string{v}
		if gjson.Parse(v).IsArray() {
			values = itemsOf(v)
		}
		for _, v := range values {
			if err == nil && v != "null" {
				err = a.add(name, plain(v))
			}
		}
	})
	return err
}

// add writes a header line.
func (a *answer) add(name, value string) error {
	if err := checkHeaderName(name); err != nil {
		return err
	}
	if err := shell.CheckHeader(value); err != nil {
		return domain.Wrap(err, "e.cmd.arg", domain.Textf("%s：%s", "%s: %s", name, domain.AsError(err).Said()))
	}
	name = http.CanonicalHeaderKey(name)
	a.set[name] = true
	a.head.WriteString(name + ": " + value + "\n")
	return nil
}

// addDefault writes a header line unless -headers has it.
func (a *answer) addDefault(name, value string) error {
	if a.set[name] || value == "" {
		return nil
	}
	return a.add(name, value)
}
