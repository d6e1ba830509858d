package cmds

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/outbound"
)

// NewSender makes a function that posts a body to a URL which a domain's owner
// wrote into domain.json. It follows no redirect, and reaches addresses that are
// not public only where the operator granted them. A status that is not 2xx is
// e.http.status. It may be used by many goroutines.
func NewSender(out *outbound.Dialer) func(ctx context.Context, d *domain.Domain, url string, header http.Header, body []byte) error {
	return func(ctx context.Context, d *domain.Domain, to string, header http.Header, body []byte) error {
		u, err := url.Parse(to)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			return domain.E("e.http.failed", domain.Text{ZH: "不是 http 或 https 地址", EN: "not an http or https address"})
		}
		req := (&http.Request{Method: http.MethodPost, URL: u, Header: header}).WithContext(ctx)
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		res, err := out.Client(d, nil).Do(req)
		if err != nil {
			return callFailed(ctx, req, err)
		}
		defer res.Body.Close()
		io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be used again
		if res.StatusCode < 200 || res.StatusCode > 299 {
			return domain.E("e.http.status", domain.Textf("%v 应答 %v", "%v answered %v", u.Host, res.StatusCode))
		}
		return nil
	}
}
