package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// check opens every ThingSet as it will be opened: its records keep the rules of
// its thing.json.
func (rs *restoring) check(ctx context.Context) error {
	db := thingset.NewDB(rs.d, rs.store)
	for _, p := range db.Paths() {
		set, err := db.Set(ctx, p)
		if err == nil {
			err = rs.unique(ctx, string(p), set.Def())
		}
		switch domain.CodeOf(err) {
		case "":
		case "e.thing.schema":
			rs.o.Note(p.String(), domain.Text{ZH: "thing.json 有错，与备份时一样", EN: "thing.json is broken, as it was"})
		default:
			return damaged(domain.Textf("数据集 %s：%v", "the set %s: %v", p, err))
		}
	}
	return nil
}

// unique holds that every record of a set is the one that its unique values lead
// to: an engine that opens a set with keys that are new to it need not say so.
func (rs *restoring) unique(ctx context.Context, set string, def thingset.Def) error {
	if len(def.Unique) == 0 {
		return nil
	}
	for rec, err := range rs.store.Scan(ctx, rs.d.Name(), set, thingset.Range{}) {
		if err != nil {
			return err
		}
		for k := range def.Unique {
			values, ok := thingset.UniqueValues(def, k, rec.Body)
			if !ok {
				continue
			}
			holder, err := rs.store.Find(ctx, rs.d.Name(), set, k, values...)
			if domain.CodeOf(err) == "e.thing.noexists" {
				if _, err := rs.store.Get(ctx, rs.d.Name(), set, rec.ID); domain.CodeOf(err) == "e.thing.noexists" {
					break // it has expired meanwhile
				}
			}
			if domain.CodeOf(err) == "e.thing.noexists" || err == nil && holder.ID != rec.ID {
				return thingset.Duplicated(def.Unique[k])
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// leaper is a store whose revisions can leave some out.
type leaper interface {
	Leap(dom string, rev thingset.Rev) error
}

// leap has the domain's revisions go on behind all that the saved one, or one that
// was restored before, can have reached: 65,536 a second since 1970. Who followed
// one of them learns that the feed is another.
func (rs *restoring) leap(done Done) error {
	s, ok := rs.store.(leaper)
	if !ok {
		return nil
	}
	const second = 1 << 16
	rev := max(uint64(time.Now().Unix())*second, done.Revision+second)
	return s.Leap(rs.o.Name, thingset.Rev(rev))
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
