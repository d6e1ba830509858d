package main

import (
	"crypto/tls"
	"log"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/caryahq/carya/cmd/carya/conns"
	"github.com/caryahq/carya/domain"
)

// tlsOptions say how the server speaks TLS: by a certificate's files, or by
// certificates that an ACME authority (RFC 8555) gives for the hosts that are
// granted to domains. Without any it speaks plain HTTP.
type tlsOptions struct {
	cert, key        string
	email, directory string
	plain            string // a second address, for HTTP: challenges and redirects
}

func (o tlsOptions) acme() bool { return o.email != "" || o.directory != "" }
func (o tlsOptions) on() bool   { return o.cert != "" || o.acme() }

// check refuses combinations that make no sense.
func (o tlsOptions) check() error {
	switch {
	case (o.cert == "") != (o.key == ""):
		return usagef("--tls-cert 与 --tls-key 要同时给出", "--tls-cert and --tls-key go together")
	case o.cert != "" && o.acme():
		return usagef("--tls-cert 与 --acme-email 只能选一个", "either --tls-cert or --acme-email, not both")
	case o.plain != "" && !o.on():
		return usagef("--listen-http 只用于 --listen 使用 TLS 的服务", "--listen-http is for a server that speaks TLS on --listen")
	}
	return nil
}

// setUp gives the TLS configuration, nil for plain HTTP, and what answers plain
// HTTP beside it.
func (o tlsOptions) setUp(root *domain.Root, log *slog.Logger) (*tls.Config, http.Handler, error) {
	redirect := http.HandlerFunc(toHTTPS)
	switch {
	case o.cert != "":
		files := &certFiles{cert: o.cert, key: o.key, log: log}
		if err := files.load(); err != nil {
			return nil, nil, err
		}
		return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: files.get, NextProtos: []string{"h2", "http/1.1"}}, redirect, nil
	case o.acme():
		orders := &certOrders{root: root, now: time.Now}
		m := o.manager(root, orders)
		c := m.TLSConfig()
		c.GetCertificate = orders.only(m.GetCertificate)
		c.MinVersion = tls.VersionTLS12
		if o.plain == "" { // then the TLS address alone answers challenges
			return c, nil, nil
		}
		return c, m.HTTPHandler(redirect), nil
	}
	return nil, nil, nil
}

// manager gets certificates for granted hosts and keeps them in .carya/acme of
// the root. Using it accepts the authority's terms.
func (o tlsOptions) manager(root *domain.Root, orders *certOrders) *autocert.Manager {
	directory := o.directory
	if directory == "" {
		directory = autocert.DefaultACMEDirectory
	}
	return &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Email:      o.email,
		Cache:      autocert.DirCache(filepath.Join(root.Dir(), ".carya", "acme")),
		Client:     &acme.Client{DirectoryURL: directory, UserAgent: "carya"},
		HostPolicy: orders.allow,
	}
}

// toHTTPS sends a browser to the same address over TLS. What is no GET is refused:
// its body has been sent in the clear.
func toHTTPS(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "use https", http.StatusBadRequest)
		return
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	w.Header().Set("Connection", "close")
	http.Redirect(w, r, "https://"+host+r.URL.RequestURI(), http.StatusPermanentRedirect)
}

// servePlain answers HTTP beside TLS until stop is called.
func (o tlsOptions) servePlain(h http.Handler, a *app) (addr string, stop func(), err error) {
	if o.plain == "" {
		return "", func() {}, nil
	}
	l, err := net.Listen("tcp", o.plain)
	if err != nil {
		return "", nil, err
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout, IdleTimeout: headerTimeout, MaxHeaderBytes: maxHeader,
		ConnState: conns.NewCrowd(mostConns() / 4).Track, ErrorLog: clientFaults(a.log)}
	closed := a.out.Listens(l.Addr())
	go srv.Serve(conns.Plain(l))
	return l.Addr().String(), func() { srv.Close(); closed() }, nil
}

// clientFaults is where a server of net/http reports what clients do wrong.
func clientFaults(to *slog.Logger) *log.Logger {
	return slog.NewLogLogger(to.Handler(), slog.LevelDebug)
}
