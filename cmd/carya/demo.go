package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
)

// demoDomain is the name of the sample domain of `serve --demo`.
const demoDomain = "demo"

// demoResult is what a person needs to try the sample domain. passwd is ""
// when the domain was there before: it is shown once and kept nowhere.
type demoResult struct{ passwd string }

// layOutDemo makes the sample domain when the root holds none: the auth pack, a
// sign-in page, three accounts and two roles. It gives nil when the root holds
// other domains only.
func (a *app) layOutDemo(ctx context.Context, lang domain.Lang) (*demoResult, error) {
	names, err := a.root.Names()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if name == demoDomain {
			return &demoResult{}, nil
		}
	}
	if len(names) > 0 {
		return nil, nil
	}
	passwd := rand.Text()[:16]
	job := ctl.Job{
		Domain: demoDomain, Lang: lang, Argv: []string{"auth", "demo"},
		Vars: map[string]string{"passwd": passwd},
	}
	if err := a.init(ctx, job, ctl.Stdio{Out: io.Discard, Err: io.Discard}); err != nil {
		return nil, domain.Wrap(err, "e.internal", domain.Text{ZH: "布置示例域", EN: "lay out the sample domain"})
	}
	return &demoResult{passwd}, nil
}

// print says what to open and what to paste.
func (r *demoResult) print(w io.Writer, s *settings, addr string) {
	passwd := r.passwd
	fmt.Fprintf(w, "\n  %s http://%s/www/%s/\n", s.text("打开", "open"), addr, demoDomain)
	if passwd != "" {
		fmt.Fprintf(w, s.text("  用户名 xiaobai，密码 %s （仅显示这一次）\n", "  name xiaobai, password %s  (shown this once)\n"), passwd)
	} else {
		passwd = s.text("密码", "PASSWORD")
	}
	fmt.Fprintf(w, `
  curl 'http://%[1]s/api/%[2]s/auth/site'
  curl 'http://%[1]s/api/%[2]s/auth/login_by_passwd' -d name=xiaobai -d passwd=%[3]s
  curl -o captcha.png 'http://%[1]s/api/%[2]s/auth/captcha?account=xiaobai'

`, addr, demoDomain, passwd)
}
