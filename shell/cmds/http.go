package cmds

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/outbound"
	"github.com/caryahq/carya/shell"
)

func httpCommand(out *outbound.Dialer) *shell.Command {
	return &shell.Command{
		Name:   "http",
		Manual: manual("http"),
		Reads:  true,
		Calls:  true,
		Params: []shell.Param{{
			Name: "URL",
			Help: both("where to; a placeholder in it is one part of the path or one value of the query", "地址；其中的占位符只是路径的一段或参数的一个值"),
		}},
		Options: append(shell.JSONOptions(),
			option("X", "METHOD", shell.Literal, "the method (GET; POST with a body)", "方法，默认 GET，有请求体时 POST"),
			withCheck(option("headers", "JSON", shell.JSON, "headers: {Name:value}", "请求头：{名:值}"), checkHeaders),
			option("query", "JSON", shell.JSON, "more values of the query: {key:value}", "追加的查询参数：{键:值}"),
			option("form", "JSON", shell.JSON, "a form as body: {key:value}", "以表单为请求体：{键:值}"),
			optional("json", "JSON", shell.JSON, "JSON as body; without a value from the pipe", "以 JSON 为请求体，不给值则读管道"),
			optional("body", "PATH", shell.Ref, "an object as body; without a value the pipe", "以对象内容为请求体，不给值则为管道"),
			option("mime", "TYPE", shell.Header, "the body's content type", "请求体的内容类型"),
			option("timeout", "DURATION", shell.Duration, "how long it may take (10s)", "最长时间，默认 10 秒"),
			option("max", "BYTES", shell.Int, "how long the answer may be (8 MiB)", "响应最大字节数，默认 8 MiB"),
			flag("full", "print {status,headers,body} whatever the status is", "不论状态码，输出 {status,headers,body}"),
		),
		Run: func(c *shell.Call) error { return runHTTP(c, out) },
	}
}

const (
	httpTimeout = 10 * time.Second
	httpMax     = 8 << 20
)

func runHTTP(c *shell.Call, out *outbound.Dialer) error {
	rules, err := callRules(c.Domain)
	if err != nil {
		return err
	}
	timeout := httpTimeout
	if c.Has("timeout") {
		if timeout, err = c.Opt("timeout").Duration(); err != nil {
			return err
		}
	}
	limit, err := wholeNumber(c, "max", httpMax)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithValue(c.Context(), rulesKey{}, rules), timeout)
	defer cancel()
	u, err := callURL(c)
	if err == nil {
		err = rules.allow(u)
	}
	if err != nil {
		return err
	}
	req, err := httpRequest(ctx, c, u)
	if err != nil {
		return err
	}
	res, err := out.Client(c.Domain, redirected).Do(req)
	if err != nil {
		return callFailed(ctx, req, err)
	}
	defer res.Body.Close()
	res.Body = http.MaxBytesReader(nil, res.Body, int64(limit))
	if c.Has("full") {
		return printFull(ctx, c, req, res)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return domain.E("e.http.status", domain.Textf("%v 应答 %v", "%v answered %v", req.URL.Host, res.StatusCode)).With(map[string]int{"status": res.StatusCode})
	}
	if _, err = io.Copy(c.Out, res.Body); err != nil {
		return callFailed(ctx, req, err)
	}
	return nil
}

// callFailed names the host only: the rest of a URL may hold secrets.
func callFailed(ctx context.Context, req *http.Request, err error) error {
	if e, ok := errors.AsType[*domain.Error](err); ok {
		return e
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return domain.E("e.io.toolarge", domain.Textf("%v 的应答", "the answer of %v", req.URL.Host))
	}
	if errors.Is(err, io.ErrClosedPipe) {
		return err
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if ctx.Err() != nil {
		return domain.E("e.http.failed", domain.Textf("%v 超时", "%v took too long", req.URL.Host))
	}
	return domain.Wrap(err, "e.http.failed", req.URL.Host)
}
