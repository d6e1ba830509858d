package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// define lays every set out as its thing.json says, which may have come behind the
// records: those of one that is broken are laid out without unique keys. Of all
// definitions one is held at a time.
func (rs *restoring) define(ctx context.Context) error {
	waiting := map[string]bool{}
	for _, set := range rs.layer.Sets() {
		waiting[set] = true
	}
	for _, p := range thingset.NewDB(rs.d, nil).Paths() {
		var def thingset.Def
		text, err := domain.ReadFile(rs.d.Files(), domain.Path(below(string(p), thingset.SchemaFile)), domain.MaxText)
		var schema *thingset.Schema
		if err == nil {
			schema, err = thingset.ParseSchema(text)
		}
		if err != nil {
			rs.o.Note(p.String(), domain.Text{ZH: "thing.json 有错，与备份时一样", EN: "thing.json is broken, as it was"})
		} else {
			def = schema.Def()
		}
		if waiting[string(p)] {
			if err := rs.defineSet(ctx, string(p), def); err != nil {
				return err
			}
		}
	}
	for _, set := range rs.layer.Sets() { // the plain ones
		def := thingset.Def{}
		if isPlain(set) {
			def = plainDef(set)
		}
		if err := rs.defineSet(ctx, set, def); err != nil {
			return err
		}
	}
	return nil
}

func (rs *restoring) defineSet(ctx context.Context, set string, def thingset.Def) error {
	if err := rs.room.left(); err != nil {
		return err
	}
	err := rs.layer.Define(ctx, set, def)
	if strings.HasPrefix(domain.CodeOf(err), "e.thing.") {
		return damaged(domain.Textf("数据集 %v：%v", "the set %v: %v", quoted(domain.Path(set).String()), err))
	}
	return err
}

// leap has the domain's revisions go on behind all that the saved one, or one that
// was restored before, can have reached: 65,536 a second since 1970. Who followed
// one of them learns that the feed is another.
func (rs *restoring) leap(done Done) error {
	const second = 1 << 16
	return rs.layer.End(thingset.Rev(max(uint64(time.Now().Unix())*second, done.Revision+second)))
}

// place moves the finished domain to where it belongs; what is there already
// stays.
func (rs *restoring) place() error {
	if err := syncFS(rs.aside); err != nil {
		return err
	}
	from, to := filepath.Join(rs.aside, rs.o.Name), filepath.Join(rs.o.Root.Dir(), rs.o.Name)
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EEXIST) || errors.Is(err, unix.ENOTEMPTY) {
		return domain.E("e.domain.exists", rs.o.Name)
	}
	if err != nil {
		return domain.Wrap(err, "e.internal", domain.Text{ZH: "把域放到位", EN: "put the domain into its place"})
	}
	return syncDir(rs.o.Root.Dir())
}

// syncFS makes all that was written durable at once.
func syncFS(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(unix.Syncfs(int(f.Fd())), f.Close())
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
