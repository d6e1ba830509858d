package filestore

import (
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
)

// mostFirst is how many ids are named of records that are lost.
const mostFirst = 20

// tellGone reports the packs that are listed and not there, or that the folder is gone with
// all of them. What they held is perhaps nowhere else.
func (c *checkup) tellGone() {
	if len(c.gone) == 0 {
		return
	}
	if len(c.views) == 0 && c.folderGone(c.dir) {
		c.report(c.goneFault(domain.Textf("目录不见了，数据集的 pack 文件都在其中%s", "the folder is gone, with all packs of the set%s", c.goneTail())))
		return
	}
	for _, n := range c.gone {
		c.report(c.goneFault(domain.Textf("pack-%d 不见了%s", "pack-%d is gone%s", n, c.goneTail())))
	}
}

func (c *checkup) goneFault(msg domain.Text) Fault {
	return Fault{File: c.dir, Offset: -1, Msg: msg, Repaired: c.repair}
}

// goneTail says what a repair does about it, or what a person can do.
func (c *checkup) goneTail() domain.Text {
	if c.repair {
		return domain.Text{ZH: "；只在其中的已丢失，其余的按剩下的文件继续使用：可能是较旧的版本，它所记的删除也不再算数", EN: "; what only it had is lost, the other records go on as what is left has them: perhaps older versions, and without the deletes that it told of"}
	}
	return domain.Textf("；请放回原处，或用 carya doctor --repair 在没有它的情况下继续（只在其中的会丢失）%s", "; put it back, or carya doctor --repair goes on without it (what only it had is lost)%s", c.removal(c.set, c.plain))
}

// removal tells how to remove a set of which something is gone, where people can.
func (v *verifier) removal(set string, plain bool) domain.Text {
	switch {
	case plain:
		return domain.Text{}
	case v.folderGone(set):
		return domain.Textf("，或建一个同名空目录并用 carya rm -r '~/%s' 删除该数据集", ", or make an empty folder ~/%[1]s and remove the set with carya rm -r '~/%[1]s'", set)
	}
	return domain.Textf("，或用 carya rm -r '~/%s' 删除该数据集", ", or remove the set with carya rm -r '~/%s'", set)
}

// folderGone reports whether a folder is not there.
func (v *verifier) folderGone(dir string) bool {
	_, err := v.d.Root().Lstat(dir)
	return missing(err)
}

// liveGone reports, of a set in use, that its folder is gone. Memory and open files have
// its records.
func (v *verifier) liveGone(t *set) bool {
	if !v.folderGone(t.dir) {
		return false
	}
	v.report(Fault{File: t.dir, Offset: -1, Msg: domain.Textf("目录不见了，数据集的 pack 文件都在其中%s", "the folder is gone, with all packs of the set%s", v.liveTail(t))})
	return true
}

// liveTail says what a person can do about files that are gone from a set in use.
func (v *verifier) liveTail(t *set) domain.Text {
	return domain.Textf("；只要服务器还在运行，其中的记录就还读得到：请放回原处，或用 carya doctor --repair 全部重新写入（下次写入该数据集时也会如此）%s",
		"; while the server runs its records can be read: put it back, or carya doctor --repair writes all of them anew, as does the next write to the set%s", v.removal(t.name, t.plain))
}

// fate is what becomes of the records of which a pack has entries and no lines.
type fate struct {
	lost []string // nothing else has them
	left []string // something else has a version of them
}

// fateOf tells it of a pack.
func (c *checkup) fateOf(h hurt) (f fate, err error) {
	ids := map[string]bool{}
	err = h.Entries(func(e pack.Entry) error {
		id, ok := entryID(e)
		switch {
		case !ok || e.Kind == pack.Own:
		case e.Kind == pack.Gone:
			delete(ids, string(id))
		default:
			ids[string(id)] = true
		}
		return nil
	})
	if err != nil {
		return f, err
	}
	err = c.elsewhere(h, ids, func(id string) { f.left = append(f.left, id); delete(ids, id) })
	for id := range ids {
		if c.known.Writes(c.set, []byte(id)) || c.shownByOwn(id) {
			f.left = append(f.left, id)
		} else {
			f.lost = append(f.lost, id)
		}
	}
	slices.Sort(f.left)
	slices.Sort(f.lost)
	return f, err
}

// elsewhere visits those of some records of which another pack has a version.
func (c *checkup) elsewhere(h hurt, ids map[string]bool, found func(id string)) error {
	for _, one := range c.views {
		if one.N == h.N {
			continue
		}
		err := one.Good(func(e pack.Entry, _ int64) {
			if id, ok := entryID(e); ok && e.Kind != pack.Own && ids[string(id)] {
				found(string(id))
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// shownByOwn reports whether a record has a file of its own that is a record.
func (c *checkup) shownByOwn(id string) bool {
	text, fi, err := c.d.ReadWithin(c.dir+"/"+ownName(id, c.plain), maxText)
	if err == nil && fi != nil {
		_, err = readText(text, id)
	}
	return err == nil && fi != nil
}

// lineless reports a pack of which the lines are gone; kept names the copies of the rest.
func (c *checkup) lineless(h hurt, kept domain.Text) error {
	f, err := c.fateOf(h)
	if err != nil {
		return err
	}
	p := h.problems[0]
	msg := domain.Textf("%s%s；%s", "%s%s; %s", p.Msg, kept, f.text(c.repair))
	if !c.repair {
		msg = domain.Textf("%s；请放回原处，或用 carya doctor --repair 在没有它的情况下继续%s；%s", "%s; put it back, or carya doctor --repair goes on without it%s; %s", p.Msg, c.removal(c.set, c.plain), f.text(false))
	}
	c.report(Fault{File: p.File, Offset: p.Offset, Msg: msg, Repaired: c.repair})
	return nil
}

// text is what people are told of it.
func (f fate) text(repaired bool) domain.Text {
	t := domain.Text{ZH: "没有数据因此丢失", EN: "no things are lost"}
	if n := len(f.lost); n > 0 && repaired {
		t = domain.Textf("只在其中的 %d 条数据已丢失：%s", "things that only it had are lost (%d): %s", n, firstOf(f.lost, mostFirst))
	} else if n > 0 {
		t = domain.Textf("有 %d 条数据只在其中：%s", "things that only it has (%d): %s", n, firstOf(f.lost, mostFirst))
	}
	if n := len(f.left); n > 0 {
		t = domain.Textf("%s；有 %d 条在别处（各自的文件、日志或其他 pack）也有，按那里的版本继续使用：%s", "%s; things that go on as their own files, the journal or other packs have them (%d): %s", t, n, firstOf(f.left, mostFirst))
	}
	return t
}
