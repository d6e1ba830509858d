package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
)

// A scratch copy is a domain copied under a root of its own: what is tried
// there touches nothing. It sends no messages (they go to the copy's outbox) and
// calls nobody.

// scratch opens a copy of a domain. done closes it and removes it.
func (a *app) scratch(d *domain.Domain, log *slog.Logger) (copied *app, done func() error, err error) {
	dir, err := os.MkdirTemp("", "carya-scratch-")
	if err != nil {
		return nil, nil, err
	}
	copied = newApp(log)
	copied.send = refuseSend
	done = func() error { return os.RemoveAll(dir) }
	err = a.copyDomain(d, dir)
	if err == nil {
		err = copied.open(dir)
	}
	if err != nil {
		return nil, nil, errors.Join(err, done())
	}
	if err := errors.Join(copied.forgive(d.Name()), copied.grantCopy(d)); err != nil {
		return nil, nil, errors.Join(err, copied.close(), done())
	}
	return copied, func() error { return errors.Join(copied.close(), os.RemoveAll(dir)) }, nil
}

// grantCopy gives a copy the original's hosts and one of its own; no network and no
// variable.
func (a *app) grantCopy(of *domain.Domain) error {
	for _, host := range append([]string{scratchHost}, of.Grants().Hosts...) {
		if _, err := a.root.Grant(of.Name(), grant.Change{Kind: "host", Value: host}); err != nil {
			return err
		}
	}
	return nil
}

// forgive forgets what is counted against guessing: what others did to the
// original must not fail a test.
func (a *app) forgive(dom string) error {
	d, err := a.root.Domain(dom)
	if err != nil {
		return err
	}
	const counters = ".domain/guess"
	if _, err := db(d).Plain(context.Background(), counters, thingset.Def{Plain: true, Loose: -1}); err != nil {
		return err
	}
	var batch []thingset.Write
	for rec, err := range a.store.Scan(context.Background(), dom, counters, thingset.Range{}) {
		if err != nil {
			return err
		}
		batch = append(batch, thingset.Write{Set: counters, ID: rec.ID})
	}
	if len(batch) == 0 {
		return nil
	}
	_, err = a.store.Commit(context.Background(), dom, batch)
	return err
}

// refuseSend sends no copy of a record anywhere.
func refuseSend(context.Context, *domain.Domain, string, http.Header, []byte) error {
	return domain.E("e.http.host", domain.Text{ZH: "试运行的副本不访问外部服务", EN: "a scratch copy calls nobody"})
}

// copyDomain copies a domain and the root's key as a crash would leave them: the
// journal comes before the records, which it may still be ahead of.
func (a *app) copyDomain(d *domain.Domain, to string) error {
	key := filepath.Join(".carya", "secret.key")
	if err := os.Mkdir(filepath.Join(to, ".carya"), 0o700); err != nil {
		return err
	}
	if err := copyFile(os.DirFS(a.root.Dir()), filepath.ToSlash(key), filepath.Join(to, key)); err != nil {
		return err
	}
	to = filepath.Join(to, d.Name())
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	for _, part := range []string{".domain", "."} {
		if err := copyTree(d.FS(), part, to, part == "."); err != nil {
			return err
		}
	}
	return quiet(filepath.Join(to, ".domain", "domain.json"))
}

// copyTree copies folders, files and links below from. Without is set for all
// but .domain. What goes away meanwhile is left out.
func copyTree(fsys fs.FS, from, to string, without bool) error {
	return fs.WalkDir(fsys, from, func(name string, e fs.DirEntry, err error) error {
		dst := filepath.Join(to, filepath.FromSlash(name))
		switch {
		case errors.Is(err, fs.ErrNotExist) || err == nil && strings.HasPrefix(e.Name(), ".tmp-"):
			return nil
		case err != nil:
			return err
		case e.IsDir() && (without && name == ".domain" || name == ".domain/trace" || name == ".domain/outbox"):
			return fs.SkipDir
		case e.IsDir():
			return os.MkdirAll(dst, 0o755)
		case e.Type()&fs.ModeSymlink != 0:
			target, err := fs.ReadLink(fsys, name)
			return errors.Join(err, os.Symlink(target, dst))
		case !e.Type().IsRegular():
			return nil
		}
		return copyFile(fsys, name, dst)
	})
}

func copyFile(fsys fs.FS, name, to string) error {
	in, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// quiet takes the ways out of a copy's domain.json, senders and hosts to call.
func quiet(file string) error {
	raw, err := domain.ReadHostFile(file, domain.MaxText)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	doc, err := relaxed.ToJSON(string(raw))
	if err != nil || !gjson.ParseBytes(doc).IsObject() {
		doc = []byte("{}") // it does not count in the original either
	}
	for _, way := range []string{"senders", "http"} {
		if doc, err = sjson.DeleteBytes(doc, way); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, doc, 0o600)
}
