package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi/packs"
)

func packDiff(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "diff NAME DOMAIN",
		Short: s.text("与出厂内容相比，主人改了什么", "what the owner changed of what the pack shipped"),
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return s.dispatch(c, ctl.Job{Do: "packdiff", Domain: args[1], Argv: args[:1]})
		},
	}
}

func packUpgrade(s *settings) *cobra.Command {
	var dry bool
	var take string
	c := &cobra.Command{
		Use:   "upgrade NAME DOMAIN [--dry-run] [--take mine|theirs]",
		Short: s.text("升级到本程序所带的版本：三方合并，冲突则告知", "bring the pack to this program's version: merges, or tells of conflicts"),
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if take != "" && take != "mine" && take != "theirs" {
				return usagef("--take %s：只能是 mine 或 theirs", "--take %s: want mine or theirs", take)
			}
			vars := map[string]string{"take": take, "dry-run": fmt.Sprint(dry)}
			return s.dispatch(c, ctl.Job{Do: "packupgrade", Domain: args[1], Argv: args[:1], Vars: vars})
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, s.text("只说会做什么", "say what would be done, and do nothing"))
	c.Flags().StringVar(&take, "take", "", s.text("有冲突的文件取 mine（主人的）或 theirs（新的）", "of a conflict take the owner's (mine) or the new one (theirs)"))
	return c
}

// packDiff prints what an owner changed.
func (a *app) packDiff(_ context.Context, job ctl.Job, std ctl.Stdio) error {
	d, err := a.pick(job.Domain)
	if err != nil {
		return err
	}
	base, _, err := readBase(d, job.Argv[0])
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(base)) {
		mine, there, err := read(d, name)
		switch {
		case err != nil:
			return err
		case !there:
			fmt.Fprintf(std.Out, "%s ~/%s\n", domain.Text{ZH: "已删除", EN: "removed"}.In(job.Lang), name)
		case mine != base[name]:
			std.Out.Write(diff.Diff("shipped ~/"+name, []byte(base[name]), "~/"+name, []byte(mine)))
		}
	}
	return nil
}

// packUpgrade brings a pack's files to what this program ships. A conflict leaves
// the owner's file as it is, and is exit 1.
func (a *app) packUpgrade(_ context.Context, job ctl.Job, std ctl.Stdio) error {
	d, err := a.pick(job.Domain)
	if err != nil {
		return err
	}
	name := job.Argv[0]
	base, vars, err := readBase(d, name)
	if err != nil {
		return err
	}
	ship, err := a.shipped(name, vars)
	if err != nil {
		return err
	}
	u := &upgrade{d: d, pack: name, out: std.Out, lang: job.Lang, dry: job.Vars["dry-run"] == "true", take: job.Vars["take"]}
	all := maps.Clone(base)
	maps.Copy(all, ship)
	for _, file := range slices.Sorted(maps.Keys(all)) {
		if err := u.file(file, shippedAs(base, file), shippedAs(ship, file)); err != nil {
			return err
		}
	}
	if u.conflicts > 0 {
		return exitError(1)
	}
	return nil
}

// shippedAs is a file's content; nil is no file.
func shippedAs(f files, name string) *string {
	if s, ok := f[name]; ok {
		return &s
	}
	return nil
}

func alike(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }

// upgrade is one run of packUpgrade.
type upgrade struct {
	d         *domain.Domain
	pack      string
	out       io.Writer
	lang      domain.Lang
	dry       bool
	take      string
	conflicts int
}

// file brings one file up to what is shipped now.
func (u *upgrade) file(name string, base, ship *string) error {
	text, there, err := read(u.d, name)
	if err != nil {
		return err
	}
	var mine *string
	if there {
		mine = &text
	}
	switch {
	case alike(base, ship) || alike(mine, ship):
		return u.settle(name, ship)
	case alike(mine, base) || u.take == "theirs":
		return u.put(name, ship, domain.Text{ZH: "更新", EN: "changed"})
	case u.take == "mine" || mine == nil || ship == nil:
		u.say(domain.Text{ZH: "保留", EN: "kept   "}, name)
		return u.settle(name, ship)
	}
	if base != nil {
		if merged, ok := packs.Merge(*base, *mine, *ship); ok {
			return u.merged(name, merged, ship)
		}
	}
	u.conflicts++
	u.say(domain.Text{ZH: "冲突", EN: "conflict"}, name)
	u.out.Write(diff.Diff("~/"+name, []byte(*mine), "new ~/"+name, []byte(*ship)))
	return nil
}

func (u *upgrade) say(what domain.Text, name string) {
	fmt.Fprintf(u.out, "%s ~/%s\n", what.In(u.lang), name)
}

func (u *upgrade) merged(name, text string, ship *string) error {
	u.say(domain.Text{ZH: "合并", EN: "merged "}, name)
	if u.dry {
		return nil
	}
	if err := u.d.Tree(domain.Owner).WriteFile(domain.Path(name), []byte(text)); err != nil {
		return err
	}
	return u.settle(name, ship)
}

// put makes a file what is shipped; nil removes it.
func (u *upgrade) put(name string, ship *string, what domain.Text) error {
	u.say(what, name)
	if u.dry {
		return nil
	}
	if err := write(u.d, domain.Path(name), ship); err != nil {
		return err
	}
	return u.settle(name, ship)
}

// settle notes what is shipped now.
func (u *upgrade) settle(name string, ship *string) error {
	if u.dry {
		return nil
	}
	return write(u.d, packDir+domain.Path("/"+u.pack+"/base/"+name), ship)
}

// write writes a file that is not so yet, or removes it.
func write(d *domain.Domain, p domain.Path, text *string) error {
	tree := d.Tree(domain.Owner)
	was, there, err := read(d, string(p))
	switch {
	case err != nil:
		return err
	case text == nil && there:
		return tree.Remove(p, false)
	case text == nil || there && was == *text:
		return nil
	}
	return tree.WriteFile(p, []byte(*text))
}
