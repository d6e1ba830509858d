package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/caryahq/carya/cmd/carya/conns"
	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/regapi"
)

// What a slow or silent client may take, and how long a stop may last.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 5 * time.Minute
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
	drainTime     = 300 * time.Millisecond // answers carry Connection: close
	stopTimeout   = 30 * time.Second
)

type serveOptions struct {
	listen, admin, limits string
	demo                  bool
	adminAsked            bool // admin was given: not to get it is an error
	tls                   tlsOptions
	proxies               []string // whose word on who calls counts
	proxyHeader           string
}

func serveVerb(s *settings) *cobra.Command {
	var o serveOptions
	c := &cobra.Command{
		Use:   "serve",
		Short: s.text("启动 HTTP 服务", "serve all domains over HTTP"),
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return serve(c.Context(), s, o, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", s.text("监听地址", "address to listen on"))
	f.StringVar(&o.admin, "admin", "127.0.0.1:8081", s.text("管理监听地址（/healthz /readyz /metrics pprof），空为不开", "address for /healthz, /readyz, /metrics and pprof; empty for none"))
	f.StringVar(&o.limits, "limits", "on", s.text("按地址限流：on 或 off", "limits on requests per address: on or off"))
	f.BoolVar(&o.demo, "demo", false, s.text("没有任何域时，先创建示例域 demo", "lay out the domain demo when there is no domain"))
	f.StringVar(&o.tls.cert, "tls-cert", "", s.text("TLS 证书文件（PEM，含中间证书）；更换后自动重新读取", "file of the TLS certificate with its chain, PEM; read again when it changes"))
	f.StringVar(&o.tls.key, "tls-key", "", s.text("TLS 私钥文件（PEM）", "file of its private key, PEM"))
	f.StringVar(&o.tls.email, "acme-email", "", s.text("为各域的主机名自动申请证书（即接受其条款），到期提醒发往此邮箱", "get certificates for the domains' hosts automatically (accepts the authority's terms); where it may write to"))
	f.StringVar(&o.tls.directory, "acme-directory", "", s.text("ACME 目录地址，默认 Let's Encrypt", "the ACME authority's directory (Let's Encrypt)"))
	f.StringVar(&o.tls.plain, "listen-http", "", s.text("TLS 之外的 HTTP 地址：ACME 验证和跳转到 https，如 :80", "an address for plain HTTP beside TLS, for ACME challenges and redirects to https: :80"))
	f.StringSliceVar(&o.proxies, "trust-proxy", nil, s.text("可信代理的网段（CIDR），可多次给出", "networks of trusted proxies (CIDR), several by comma"))
	f.StringVar(&o.proxyHeader, "proxy-header", regapi.XForwardedFor, s.text("可信代理写的头：X-Forwarded-For 或 Forwarded", "the header that they write: X-Forwarded-For or Forwarded"))
	return c
}

// serve opens the root and answers requests until ctx ends.
func serve(ctx context.Context, s *settings, o serveOptions, out, errs io.Writer) error {
	if o.limits != "on" && o.limits != "off" {
		return usagef("--limits %s：只能是 on 或 off", "--limits %s: want on or off", o.limits)
	}
	if err := o.tls.check(); err != nil {
		return err
	}
	from, err := o.trusted()
	if err != nil {
		return err
	}
	overlap()
	dir, err := s.rootDir()
	if err != nil {
		return err
	}
	a := newApp(s.logger(errs))
	a.proxies = from
	if exe, err := os.Executable(); err == nil {
		h := &hashers{exe: exe, log: a.log}
		defer h.close()
		a.people.SetWork(h.work)
	}
	if err := a.openAsServer(ctx, dir); err != nil {
		return err
	}
	a.clearTemp()
	err = a.listen(ctx, s, o, out, errs)
	return errors.Join(err, a.close())
}

// clearTemp removes what a server that was killed has left of temporary files. The folder
// itself stays: it may be a link to another disk.
func (a *app) clearTemp() {
	dir := a.root.TempDir()
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.log.Warn("temporary files of before stay", "dir", dir, "err", err)
	}
}

// listen opens the sockets, says so, and serves.
func (a *app) listen(ctx context.Context, s *settings, o serveOptions, out, errs io.Writer) error {
	l, err := listenTCP(ctx, o.listen)
	if err != nil {
		return err
	}
	defer l.Close()
	defer a.out.Listens(l.Addr())()
	var demo *demoResult
	if o.demo {
		if demo, err = a.layOutDemo(ctx, s.lang); err != nil {
			return err
		}
	}
	stopJobs, err := a.takeJobs()
	if err != nil {
		return err
	}
	defer stopJobs()
	if o.limits == "off" {
		a.log.Warn("request limits are OFF: anybody may send as much as they like (--limits off is for load tests)")
	}
	h := &drain{next: a.serveHTTP(o.limits == "on")}
	stopAdmin, err := a.serveAdmin(o, h)
	if err != nil {
		return err
	}
	defer stopAdmin()
	defer a.startCron(ctx)()
	defer context.AfterFunc(ctx, a.api.EndStreams)()
	conf, plain, err := o.tls.setUp(a.root, a.log)
	if err != nil {
		return err
	}
	plainAddr, stopPlain, err := o.tls.servePlain(plain, a)
	if err != nil {
		return err
	}
	defer stopPlain()
	a.greet(out, s, scheme(conf), l.Addr().String(), demo)
	if plainAddr != "" {
		fmt.Fprintf(out, s.text("HTTP（跳转到 https）：http://%s\n", "redirects to https from http://%s\n"), plainAddr)
	}
	defer a.startTelling(s.lang, errs)()
	return serveUntil(ctx, l, &http.Server{
		Handler: h, ConnState: h.track, TLSConfig: conf, ErrorLog: clientFaults(a.log),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
	}, h)
}

// mostConns is how many connections there may be at once: half of the files that the
// process may open. The other half is for what the domains keep open.
func mostConns() int { return mostFiles() / 2 }

// mostFiles is how many files the system lets the process open.
func mostFiles() int {
	var files unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &files) != nil {
		return 1024
	}
	return int(min(files.Cur, 1<<20))
}

// takeJobs opens the control socket. On a read-only file system there is none: the
// sites are served all the same.
func (a *app) takeJobs() (stop func(), err error) {
	jobs, err := ctl.Listen(socketPath(a.root.Dir()), a.do)
	if errors.Is(err, syscall.EROFS) {
		a.log.Warn("the root cannot be written to: what is there is served, and verbs cannot reach this server", "err", err)
		return func() {}, nil
	}
	if err != nil {
		return nil, err
	}
	return func() { jobs.Drain(jobsPatience) }, nil
}

// serveUntil serves l until ctx ends; then it answers what has come and stops.
func serveUntil(ctx context.Context, l net.Listener, srv *http.Server, h *drain) error {
	failed := make(chan error, 1)
	guarded, crowd := conns.Plain(l), conns.NewCrowd(mostConns())
	if srv.TLSConfig != nil {
		srv.TLSConfig = conns.Protocols(srv.TLSConfig)
		guarded = conns.TLS(l, srv.TLSConfig, crowd)
	}
	known := srv.ConnState
	srv.ConnState = func(c net.Conn, s http.ConnState) {
		known(c, s)
		crowd.Track(c, s)
	}
	go func() { failed <- srv.Serve(guarded) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	h.begin()
	time.Sleep(drainTime)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	err := deafen(l)
	l.Close()
	<-failed // now all connections are known
	h.settle(stop)
	return errors.Join(err, srv.Shutdown(stop))
}

// serveAdmin opens the admin listener. When its default port is taken, by
// another server say, this one goes on without.
func (a *app) serveAdmin(o serveOptions, h *drain) (stop func(), err error) {
	if o.admin == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", o.admin)
	if err != nil && o.adminAsked {
		return nil, err
	}
	if err != nil {
		a.log.Warn("no admin address: /healthz, /readyz and /metrics are not served", "err", err)
		return func() {}, nil
	}
	srv := &http.Server{Handler: adminHandler(h.ready(a.ready), a.meters.collectors()...), ReadHeaderTimeout: headerTimeout}
	closed := a.out.Listens(l.Addr())
	go srv.Serve(conns.Plain(l))
	return func() { srv.Close(); closed() }, nil
}

func scheme(conf *tls.Config) string {
	if conf != nil {
		return "https"
	}
	return "http"
}

// greet says what is served and where.
func (a *app) greet(out io.Writer, s *settings, scheme, addr string, demo *demoResult) {
	names, _ := a.root.Names()
	fmt.Fprintf(out, s.text("carya 正在服务 %d 个域：%s://%s  （目录 %s，Ctrl-C 停止）\n", "carya serves %d domain(s) on %s://%s  (root %s; Ctrl-C stops)\n"), len(names), scheme, addr, a.root.Dir())
	if demo != nil {
		demo.print(out, s, addr)
		return
	}
	for _, name := range names[:min(len(names), greeted)] {
		fmt.Fprintf(out, s.text("  %s://%s/api/%s/_docs  是域 %[3]s 的接口\n", "  %s://%s/api/%s/_docs  tells what the endpoints of %[3]s are\n"), scheme, addr, name)
	}
}

// greeted is how many domains are named when the server starts.
const greeted = 5
