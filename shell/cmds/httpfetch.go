package cmds

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/outbound"
)

// NewFetcher makes a function that reads what an address holds, of at most so many
// bytes. A request reads only from hosts that domain.json lists, the owner from any;
// addresses that are not public are read only where the operator granted them. A
// status that is not 200 is e.http.status. It may be used by many goroutines.
func NewFetcher(out *outbound.Dialer) func(ctx context.Context, d *domain.Domain, who domain.Principal, from string, most int64) ([]byte, error) {
	return func(ctx context.Context, d *domain.Domain, who domain.Principal, from string, most int64) ([]byte, error) {
		r, err := callRules(d)
		if err != nil {
			return nil, err
		}
		r.any = who == domain.Owner
		u, err := url.Parse(from)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			return nil, domain.E("e.http.failed", domain.Text{ZH: "不是 http 或 https 地址", EN: "not an http or https address"})
		}
		if err := r.allow(u); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(context.WithValue(ctx, rulesKey{}, r), httpTimeout)
		defer cancel()
		req := (&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}}).WithContext(ctx)
		res, err := out.Client(d, redirected).Do(req)
		if err != nil {
			return nil, callFailed(ctx, req, err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return nil, domain.E("e.http.status", domain.Textf("%v 应答 %v", "%v answered %v", u.Host, res.StatusCode))
		}
		body, err := io.ReadAll(io.LimitReader(res.Body, most+1))
		if err != nil {
			return nil, callFailed(ctx, req, err)
		}
		if int64(len(body)) > most {
			return nil, domain.E("e.io.toolarge", domain.Textf("%v 的应答超过 %v 字节", "%v sends more than %v bytes", u.Host, most))
		}
		return body, nil
	}
}
