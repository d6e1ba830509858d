package regapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
)

// Endpoints with http-trace keep what their requests went through, a file a
// request:
//
//	~/.domain/trace/<path below .regapi>/<request id>.json
//
// Request ids sort by time, so the oldest go by name.

const (
	traceDir  = ".domain/trace"
	traceKeep = 50 // of one endpoint
)

// keepTrace writes a trace down and forgets the oldest.
func (c *call) keepTrace(t *Trace) {
	err := func() error {
		raw, err := json.MarshalIndent(t, "", "  ")
		if err != nil {
			return err
		}
		dir, tree := domain.Path(traceDir+"/"+c.ep.api), c.d.Tree(domain.Owner)
		if err := tree.WriteFile(dir+domain.Path("/"+t.ID+".json"), append(raw, '\n')); err != nil {
			return err
		}
		return forgetTraces(c.d, tree, dir)
	}()
	if err != nil {
		c.h.log.Warn("trace", "domain", c.d.Name(), "endpoint", c.ep.file, "err", err)
	}
}

func forgetTraces(d *domain.Domain, tree *domain.Tree, dir domain.Path) error {
	entries, err := fs.ReadDir(d.FS(), string(dir))
	if err != nil {
		return err
	}
	names := traceNames(entries)
	for _, name := range names[:max(0, len(names)-traceKeep)] {
		err := tree.Remove(dir+domain.Path("/"+name), false)
		if err != nil && domain.CodeOf(err) != "e.io.obj.noexists" { // another request was faster
			return err
		}
	}
	return nil
}

// traceNames are the traces among a folder's entries, oldest first.
func traceNames(entries []fs.DirEntry) (names []string) {
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), ".json"); ok && e.Type().IsRegular() && domain.IsID(id) {
			names = append(names, e.Name())
		}
	}
	return names
}

// Traces are the requests that a domain's endpoints kept, newest first.
func Traces(d *domain.Domain) ([]*Trace, error) {
	var out []*Trace
	files := d.FS()
	err := fs.WalkDir(files, traceDir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || len(traceNames([]fs.DirEntry{e})) == 0 {
			return missingIsFine(err)
		}
		raw, err := fs.ReadFile(files, name)
		if domain.CodeOf(err) == "e.io.toolarge" {
			return nil // nobody kept that one
		}
		if err != nil {
			return missingIsFine(err)
		}
		t := &Trace{}
		if json.Unmarshal(raw, t) == nil && t.ID+".json" == path.Base(name) {
			out = append(out, t)
		}
		return nil
	})
	slices.SortFunc(out, func(a, b *Trace) int { return cmp.Compare(b.ID, a.ID) })
	return out, err
}

func missingIsFine(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
