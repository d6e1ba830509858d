package cmds

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// httpRequest makes the request that the words describe.
func httpRequest(ctx context.Context, c *shell.Call, u *url.URL) (*http.Request, error) {
	body, mime, err := callBody(c)
	if err != nil {
		return nil, err
	}
	method := http.MethodGet
	if body != nil {
		method = http.MethodPost
	}
	if c.Has("X") {
		method = strings.ToUpper(c.Opt("X").Text())
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		closeBody(body)
		return nil, domain.E("e.cmd.arg", domain.Textf("不是请求：%v", "not a request: %v", quoted(method)))
	}
	req.Header.Set("User-Agent", "carya")
	if mime != "" {
		req.Header.Set("Content-Type", mime)
	}
	if err := callHeaders(c, req); err != nil {
		closeBody(body)
		return nil, err
	}
	return req, nil
}

func closeBody(body io.Reader) {
	if c, ok := body.(io.Closer); ok {
		c.Close()
	}
}

func callHeaders(c *shell.Call, req *http.Request) error {
	if !c.Has("headers") {
		return nil
	}
	raw, err := objectArg(c, "headers")
	if err != nil {
		return err
	}
	eachMember(raw, func(name, v string) {
		switch value := plain(v); {
		case err != nil || v == "null":
		case checkHeaderName(name) != nil:
			err = checkHeaderName(name)
		case strings.ContainsAny(value, "\r\n\x00"):
			err = domain.E("e.cmd.arg", domain.Textf("请求头的值只能是一行：%v", "a header value is one line: %v", name))
		default:
			req.Header.Set(name, value)
		}
	})
	return err
}

// callBody is the body that the options ask for, nil without one.
func callBody(c *shell.Call) (body io.Reader, mime string, err error) {
	switch {
	case c.Has("form"):
		raw, err := objectArg(c, "form")
		body, mime = strings.NewReader(encodeValues(raw)), "application/x-www-form-urlencoded"
		if err != nil {
			return nil, "", err
		}
	case c.Has("json"):
		raw, err := jsonArg(c, "json")
		body, mime = strings.NewReader(raw), "application/json"
		if err != nil {
			return nil, "", err
		}
	case c.Has("body") && c.Opt("body").Given():
		body, err = open(c, c.Opt("body")) // the client closes it
		mime = "application/octet-stream"
	case c.Has("body"):
		body, mime = withContext(c, c.In), "application/octet-stream"
	}
	if err == nil && c.Has("mime") {
		mime, err = c.Opt("mime").Header()
	}
	return body, mime, err
}

// encodeValues is an object as a form; a list gives a key several times.
func encodeValues(raw string) string {
	v := url.Values{}
	eachMember(raw, func(key, value string) {
		if strings.HasPrefix(value, "[") {
			for _, item := range itemsOf(value) {
				v.Add(key, plain(item))
			}
		} else if value != "null" {
			v.Add(key, plain(value))
		}
	})
	return v.Encode()
}

// callURL reads the URL. Data in it is escaped: it is one part of the path or one
// value, never a host, a further part or a further key. A word that is all data is
// a URL as the caller sent it.
func callURL(c *shell.Call) (*url.URL, error) {
	var b strings.Builder
	for text, data := range c.Arg(0).Pieces() {
		switch {
		case !data || c.Arg(0).IsData():
			b.WriteString(text)
		case strings.Contains(b.String(), "?"):
			b.WriteString(url.QueryEscape(text))
		case text == "." || text == "..":
			return nil, domain.E("e.cmd.arg", domain.Textf("URL 路径的一段不能是 %v", "a part of a URL's path cannot be %v", text))
		default:
			b.WriteString(url.PathEscape(text))
		}
	}
	u, err := url.Parse(b.String())
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, domain.E("e.cmd.arg", domain.Text{ZH: "不是 http 或 https 的 URL", EN: "not an http or https URL"})
	}
	u.Fragment = ""
	return u, addQuery(c, u)
}

func addQuery(c *shell.Call, u *url.URL) error {
	if !c.Has("query") {
		return nil
	}
	raw, err := objectArg(c, "query")
	if more := encodeValues(raw); err == nil && more != "" {
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+more, "&")
	}
	return err
}
