package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
)

// What a pack shipped is kept, so that an owner's changes can be told from the
// pack's own:
//
//	~/.domain/pack/<name>/vars.json     the init variables that it was laid out with
//	~/.domain/pack/<name>/base/<path>   every file as it was shipped

const packDir domain.Path = ".domain/pack"

// files are contents by path below ~/.
type files map[string]string

// shipped is what a pack lays out in a new domain, above the packs that it needs.
func (a *app) shipped(name string, vars map[string]string) (files, error) {
	dir, err := os.MkdirTemp("", "carya-pack-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	tmp := newApp(slog.New(slog.DiscardHandler))
	if err := tmp.open(dir); err != nil {
		return nil, err
	}
	out, err := tmp.layOutPack(name, vars)
	return out, errors.Join(err, tmp.close())
}

// layOutPack lays a pack out in a domain of its own and gives what its own init
// script did.
func (a *app) layOutPack(name string, vars map[string]string) (files, error) {
	plan, err := a.planInit(ctl.Job{Argv: []string{name}, Vars: vars})
	if err != nil {
		return nil, err
	}
	d, err := a.root.Create("pack")
	if err != nil {
		return nil, err
	}
	var before, after files
	for _, step := range plan {
		before = after
		if _, err := step.script.Apply(d, step.options); err != nil {
			return nil, err
		}
		if after, err = contents(d.FS(), "."); err != nil {
			return nil, err
		}
	}
	maps.DeleteFunc(after, func(name, text string) bool { was, ok := before[name]; return ok && was == text })
	return after, nil
}

// contents are all files but the engine's and metadata, which holds ids of its
// own in each domain.
func contents(fsys fs.FS, from string) (files, error) {
	out := files{}
	err := fs.WalkDir(fsys, from, func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case e.IsDir() && (name == ".domain" || e.Name() == "index"):
			return fs.SkipDir
		case !e.Type().IsRegular() || strings.HasSuffix(e.Name(), ".meta.json"):
			return nil
		}
		raw, err := fs.ReadFile(fsys, name)
		out[name] = string(raw)
		return err
	})
	return out, err
}

// keepPack writes down what a pack shipped, unless an earlier layout did.
func (a *app) keepPack(d *domain.Domain, name string, vars map[string]string) error {
	if _, err := fs.Stat(d.FS(), string(packDir)+"/"+name); err == nil {
		return nil
	}
	ship, err := a.shipped(name, vars)
	if err != nil {
		return err
	}
	return writeBase(d, name, ship, vars)
}

func writeBase(d *domain.Domain, name string, ship files, vars map[string]string) error {
	tree, dir := d.Tree(domain.Owner), packDir+domain.Path("/"+name)
	raw, err := json.Marshal(lasting(vars))
	if err != nil {
		return err
	}
	for file, text := range ship {
		if err := tree.WriteFile(dir+domain.Path("/base/"+file), []byte(text)); err != nil {
			return err
		}
	}
	return tree.WriteFile(dir+"/vars.json", raw)
}

// lasting are the variables that may be kept: none that sounds like a secret.
func lasting(vars map[string]string) map[string]string {
	out := map[string]string{}
	for name, value := range vars {
		low := strings.ToLower(name)
		if !slices.ContainsFunc([]string{"pass", "pwd", "secret", "token", "key"}, func(s string) bool { return strings.Contains(low, s) }) {
			out[name] = value
		}
	}
	return out
}

// readBase is what a pack shipped when it was laid out (e.pack.notadded).
func readBase(d *domain.Domain, name string) (base files, vars map[string]string, err error) {
	fsys, dir := d.FS(), path.Join(string(packDir), name)
	raw, err := fs.ReadFile(fsys, dir+"/vars.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, domain.E("e.pack.notadded", name)
	}
	if err != nil {
		return nil, nil, domain.Wrap(err, "e.pack.notadded", name)
	}
	if err := json.Unmarshal(raw, &vars); err != nil {
		return nil, nil, domain.Wrap(err, "e.pack.notadded", domain.Textf("%v 的 vars.json", "%v vars.json", name))
	}
	sub, err := fs.Sub(fsys, dir+"/base")
	if err != nil {
		return nil, nil, err
	}
	base, err = contents(sub, ".")
	return base, vars, err
}

// read is a file of a domain; false when it is not there.
func read(d *domain.Domain, name string) (string, bool, error) {
	raw, err := fs.ReadFile(d.FS(), name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	return string(raw), err == nil, err
}
