package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/ctl"
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
	return c
}

// serve opens the root and answers requests until ctx ends.
func serve(ctx context.Context, s *settings, o serveOptions, out, errs io.Writer) error {
	if o.limits != "on" && o.limits != "off" {
		return usagef("--limits %s: want on or off", o.limits)
	}
	dir, err := s.rootDir()
	if err != nil {
		return err
	}
	a := newApp(s.logger(errs))
	if err := a.open(dir); err != nil {
		return err
	}
	err = a.listen(ctx, s, o, out)
	return errors.Join(err, a.close())
}

// listen opens the sockets, says so, and serves.
func (a *app) listen(ctx context.Context, s *settings, o serveOptions, out io.Writer) error {
	var lc net.ListenConfig
	lc.SetMultipathTCP(false) // its listeners take no filter: see deafen
	l, err := lc.Listen(ctx, "tcp", o.listen)
	if err != nil {
		return err
	}
	defer l.Close()
	var demo *demoResult
	if o.demo {
		if demo, err = a.layOutDemo(ctx, s.lang); err != nil {
			return err
		}
	}
	jobs, err := ctl.Listen(socketPath(a.root.Dir()), a.do)
	if err != nil {
		return err
	}
	defer jobs.Close()
	if o.limits == "off" {
		a.log.Warn("request limits are OFF: anybody may send as much as they like (--limits off is for load tests)")
	}
	h := &drain{next: a.serveHTTP(o.limits == "on")}
	stopAdmin, err := a.serveAdmin(o, h)
	if err != nil {
		return err
	}
	defer stopAdmin()
	defer context.AfterFunc(ctx, a.api.EndStreams)()
	a.greet(out, s, l.Addr().String(), demo)
	return serveUntil(ctx, l, h)
}

// serveUntil serves l until ctx ends; then it answers what has come and stops.
func serveUntil(ctx context.Context, l net.Listener, h *drain) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	h.closing.Store(true)
	time.Sleep(drainTime)
	if err := deafen(l); err != nil {
		return errors.Join(err, srv.Close())
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := srv.Shutdown(stop); err != nil {
		return err
	}
	<-failed                  // a connection may have been accepted just before the listener closed:
	return srv.Shutdown(stop) // now that none can follow, it is waited for, too
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
	srv := &http.Server{Handler: adminHandler(func() bool { return !h.closing.Load() }), ReadHeaderTimeout: headerTimeout}
	go srv.Serve(l)
	return func() { srv.Close() }, nil
}

// greet says what is served and where.
func (a *app) greet(out io.Writer, s *settings, addr string, demo *demoResult) {
	names, _ := a.root.Names()
	fmt.Fprintf(out, s.text("carya 正在服务 %d 个域：http://%s  （目录 %s，Ctrl-C 停止）\n", "carya serves %d domain(s) on http://%s  (root %s; Ctrl-C stops)\n"), len(names), addr, a.root.Dir())
	if demo != nil {
		demo.print(out, s, addr)
	}
}
