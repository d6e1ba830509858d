// Package packs holds the API packs that come with the program: each a folder
// of endpoint scripts with an init script that lays them out in a domain.
//
//	auth/pack.json    what it is, in both languages
//	auth/auth.init    the init script; its %COPY> paths are relative to the folder
//	auth/auth.setup   optional: a shell script that the owner runs after it
package packs

import (
	"embed"
	"encoding/json"
	"io/fs"
	"path"
	"strings"

	"github.com/caryahq/carya/domain"
)

// FS is all packs, a folder each.
//
//go:embed all:*/*
var FS embed.FS

// Pack is one pack.
type Pack struct {
	Name    string
	Summary domain.Text
	Needs   []string // packs that must be laid out before
	Init    []byte   // the init script
	Setup   []byte   // the shell script to run after it, nil when there is none
	fsys    fs.FS
}

// Open finds a pack (e.pack.noexists).
func Open(name string) (*Pack, error) {
	if !fs.ValidPath(name) || path.Base(name) != name {
		return nil, noPack(name)
	}
	sub, err := fs.Sub(FS, name)
	if err != nil {
		return nil, noPack(name)
	}
	p := &Pack{Name: name, fsys: sub}
	if p.Init, err = fs.ReadFile(sub, name+".init"); err != nil {
		return nil, noPack(name)
	}
	if p.Setup, err = fs.ReadFile(sub, name+".setup"); err != nil {
		p.Setup = nil
	}
	return p, p.describe()
}

// noPack says which packs there are.
func noPack(name string) error {
	entries, err := fs.ReadDir(FS, ".")
	if err != nil {
		return domain.Wrap(err, "e.internal", domain.Text{ZH: "接口包", EN: "packs"})
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return domain.E("e.pack.noexists", domain.Textf("接口包不存在：%v；可用的有 %v", "%v; there are %v", name, strings.Join(names, ", ")))
}

func (p *Pack) describe() error {
	raw, err := fs.ReadFile(p.fsys, "pack.json")
	if err != nil {
		return domain.Wrap(err, "e.internal", domain.Textf("接口包 %v", "pack %v", p.Name))
	}
	var about struct {
		Summary struct{ ZH, EN string }
		Needs   []string
	}
	if err := json.Unmarshal(raw, &about); err != nil {
		return domain.Wrap(err, "e.internal", domain.Textf("接口包 %v", "pack %v", p.Name))
	}
	p.Summary, p.Needs = domain.Text(about.Summary), about.Needs
	return nil
}

// ReadFile reads a file of the pack's folder: what %COPY> and @INCLUDE of its
// init script name.
func (p *Pack) ReadFile(name string) ([]byte, error) { return fs.ReadFile(p.fsys, name) }

// FS is the pack's folder.
func (p *Pack) FS() fs.FS { return p.fsys }

// List is all packs, sorted by name.
func List() []*Pack {
	entries, err := fs.ReadDir(FS, ".")
	if err != nil {
		panic("packs: " + err.Error()) // they are part of the program
	}
	var out []*Pack
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		if p, err := Open(e.Name()); err == nil {
			out = append(out, p)
		}
	}
	return out
}
