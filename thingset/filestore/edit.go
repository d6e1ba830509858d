package filestore

import (
	"bytes"
	"os"
	"strconv"

	"github.com/tidwall/gjson"
	"golang.org/x/sys/unix"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// sight is a record and its own file, which may have been edited.
type sight struct {
	r  *room
	t  *set
	id string

	row     rows.Row
	rev     thingset.Rev
	known   rows.Stamp // the file as the engine left it
	dirty   bool       // the record has changed since then
	ahead   bool       // as its lm tells
	current bool
	expired bool
}

// glance is what came of a look at a record's own file.
type glance int

const (
	done    glance = iota
	again          // it is no record: once more, before anybody is told
	refused        // the disk did not show it
)

// lookAt looks at a record's own file, and takes in what a person has made of
// it. The caller holds busy. The last time it does not ask for another look at what is no
// record, nor without patience at what the disk does not show.
func (r *room) lookAt(t *set, id string, last, patient bool) glance {
	v := r.sight(t, id)
	now, regular, err := r.ownState(t, id)
	switch {
	case err != nil && patient:
		return refused
	case err != nil || !regular && v.odd(now):
		return done
	case now == rows.Stamp{}:
		if v.row != 0 && !last {
			return again // an editor may be about to put it back
		}
		delete(t.broken, id)
		v.removed()
		return done
	case alike(now, v.known), alike(now, t.broken[id]):
		return done
	}
	text, fi, err := r.disk.ReadWithin(t.ownFile(id), maxText)
	switch {
	case missing(err):
		return again
	case err != nil && fi == nil && patient:
		return refused
	case err != nil:
		v.refuse(now, err)
		return done
	}
	if v.takeIn(stampOf(fi, text), text, last) {
		return done
	}
	return again
}

// takeIn takes in what is in a record's own file. It is false when that is no record and
// this is not the last look.
func (v *sight) takeIn(now rows.Stamp, text []byte, last bool) bool {
	if v.same(now, text) || v.ours(now, text) {
		return true
	}
	body, err := readText(text, v.id)
	if err == nil && v.shows(body) {
		v.shown(now)
		return true
	}
	if err == nil && v.t.knew(v.id, body) {
		v.putRight(now)
		return true
	}
	if err == nil {
		err = v.take(now, body)
	}
	if err != nil && last {
		v.refuse(now, err)
	}
	return err == nil || last
}

func (r *room) sight(t *set, id string) *sight {
	r.mu.RLock()
	defer r.mu.RUnlock()
	v := &sight{r: r, t: t, id: id, row: t.rows.Find(id), known: t.gone[id].stamp}
	if v.row != 0 {
		v.rev, v.known = t.rows.Rev(v.row), t.rows.Stamp(v.row)
		_, v.dirty = t.dirty[v.row]
		_, v.current = t.current[v.row]
		_, v.ahead = t.ahead[v.row]
		v.expired = r.dead(t, v.row)
	}
	return v
}

// removed takes in that a file is gone: its record is deleted, also when the system has
// noted something on it meanwhile. When the record has been changed since what the file
// showed, as lm tells, the change wins: the file comes back, and that is told. It comes
// back too when the record never had one, and when it was written just before a crash.
func (v *sight) removed() {
	switch {
	case v.row == 0:
	case !v.r.exists(v.t.dir):
		v.folderless()
	case !v.t.small:
		v.r.disown(v.t, v.id, v.known)
	case v.known == rows.Stamp{} || len(v.t.older[v.id]) > 0:
		v.rewrite(rows.Stamp{})
	case v.known.Time == behind || v.ahead:
		v.rewrite(rows.Stamp{})
		v.r.fault(Fault{File: v.t.ownFile(v.id), Offset: -1,
			Msg: domain.Text{ZH: "手工删除时数据另有改动：已恢复", EN: "removed by hand while it was changed otherwise: it came back"}})
	default:
		w := thingset.Write{Set: v.t.name, ID: v.id, If: v.rev}
		if _, err := v.r.commit(&commit{batch: []thingset.Write{w}, inner: true}); err != nil {
			v.r.s.o.Log.Warn("a removed file could not be taken in", "domain", v.r.dom, "file", v.t.ownFile(v.id), "err", err)
			return
		}
		v.r.forgetOwn(v.t, v.id) // what comes there from now on is not what the engine has left
	}
}

// folderless takes in that a file is gone with its folder, which somebody may have moved
// away for a while: the record stays.
func (v *sight) folderless() {
	if v.t.folderless {
		return
	}
	v.t.folderless = true
	v.r.fault(Fault{File: v.t.dir, Offset: -1,
		Msg: domain.Text{ZH: "目录不见了：其中的记录保持不变，下次写入时全部重新保存", EN: "the folder is gone: its records stay, and all are written anew with the next change"}})
}

// rewrite has the record's own file be written, which is in a state that the
// engine may replace.
func (v *sight) rewrite(now rows.Stamp) {
	v.r.mu.Lock()
	defer v.r.mu.Unlock()
	if !v.holds() {
		return
	}
	v.t.rows.SetStamp(v.row, now)
	delete(v.t.current, v.row)
	v.t.dirty[v.row] = struct{}{}
}

// same takes a file that shows the record as it is: it was touched, or copied.
func (v *sight) same(now rows.Stamp, text []byte) bool {
	if v.row == 0 {
		return false
	}
	if now.Sum != v.known.Sum || now.Size != v.known.Size || v.known.Time == behind {
		body, err := v.body()
		if err != nil || string(recordText(body)) != string(text) {
			return false
		}
		v.shown(now)
		return true
	}
	v.r.mu.Lock()
	if v.holds() {
		v.t.rows.SetStamp(v.row, now)
	}
	v.r.mu.Unlock()
	v.note()
	return true
}

// holds reports whether the record is still the version that was looked at: a
// commit may come at any time, and what it leaves is looked at once more when it is
// flushed. The caller holds the room's lock.
func (v *sight) holds() bool {
	return v.t.rows.Find(v.id) == v.row && v.t.rows.Rev(v.row) == v.rev
}

// shows reports whether the record is what a person wrote: an edit that was taken in
// before a crash, or another layout of the same.
func (v *sight) shows(body []byte) bool {
	if v.row == 0 || v.expired {
		return false
	}
	is, err := v.body()
	return err == nil && bytes.Equal(relaxed.AppendCompact(nil, is), body)
}

// shown takes a file that shows the record. After a crash it is written anew all
// the same: when a sync of it has failed before, a later one may be wrong.
func (v *sight) shown(now rows.Stamp) {
	if len(v.t.older[v.id]) > 0 {
		v.rewrite(now)
		return
	}
	v.showing(now)
}

// showing says that the file shows the last version.
func (v *sight) showing(now rows.Stamp) {
	secure := v.secure()
	v.r.mu.Lock()
	if v.holds() {
		v.t.rows.SetStamp(v.row, now)
		delete(v.t.ahead, v.row)
		if _, dirty := v.t.dirty[v.row]; dirty && secure {
			v.t.setCurrent(v.row)
		}
	}
	v.r.mu.Unlock()
	v.note()
}

// note has the file's new state be written down.
func (v *sight) note() {
	delete(v.t.broken, v.id)
	if v.t.moved == nil {
		v.t.moved = map[string]struct{}{}
	}
	v.t.moved[v.id] = struct{}{}
}

func (v *sight) body() ([]byte, error) {
	v.r.mu.RLock()
	if !v.holds() {
		v.r.mu.RUnlock()
		return nil, domain.E("e.thing.rev", v.id)
	}
	l := v.r.look(v.t.rows, v.row)
	v.r.mu.RUnlock()
	rec, err := l.record()
	return rec.Body, err
}

// ours takes a file that shows what the engine wrote, before a crash or before
// a person's edit that was taken back: it is written anew or removed.
func (v *sight) ours(now rows.Stamp, text []byte) bool {
	left := v.row == 0 || v.known.Time == behind
	left = left && v.known != rows.Stamp{} && v.known.Sum == now.Sum && v.known.Size == now.Size
	if !left && !v.t.wroteIt(v.id, now, text) {
		return false
	}
	v.putRight(now)
	return true
}

// putRight has a file that shows an older version be written anew or removed.
func (v *sight) putRight(now rows.Stamp) {
	if v.row != 0 {
		v.rewrite(now)
		return
	}
	v.r.mu.Lock()
	defer v.r.mu.Unlock()
	d := v.t.gone[v.id]
	d.stamp, d.rev = now, max(d.rev, 1)
	v.t.gone[v.id] = d
}

// take commits what a person wrote. When the record has changed meanwhile, that
// version is kept beside it.
func (v *sight) take(now rows.Stamp, body []byte) error {
	if check := v.r.s.o.Check; check != nil {
		if err := check(v.r.dom, v.t.name, body); err != nil {
			return err
		}
	}
	for {
		err := v.takeOver(now, body)
		if domain.CodeOf(err) != "e.thing.rev" {
			if err == nil {
				delete(v.t.broken, v.id)
			}
			return err
		}
		*v = *v.r.sight(v.t, v.id) // it was changed just now
	}
}

// takeOver commits what a person wrote in place of the version that was looked
// at.
func (v *sight) takeOver(now rows.Stamp, body []byte) error {
	if v.row != 0 && (v.known.Time == behind || v.dirty && !v.current || v.unseen(body)) {
		if err := v.keepLoser(); err != nil {
			return err
		}
	}
	w := thingset.Write{Set: v.t.name, ID: v.id, Body: body, If: v.rev}
	if v.row == 0 || v.expired {
		w.If = thingset.Absent
	}
	_, err := v.r.commit(&commit{batch: []thingset.Write{w}, own: now, anew: !v.secure(), inner: true})
	return err
}

// unseen reports whether the record was changed after the person has read it: an
// edit has the time of the last change as it was then. When the time is not in both, or
// the person has written another one, nobody knows.
func (v *sight) unseen(edit []byte) bool {
	is, err := v.body()
	if err != nil {
		return false // it was changed just now, which the commit notices
	}
	read, now := gjson.GetBytes(edit, "lm"), gjson.GetBytes(is, "lm")
	return read.Exists() && now.Exists() && read.Raw != now.Raw
}

// secure makes durable what a person has written into a record's own file. A power
// cut could otherwise leave a part of it, or an older text, which would be taken for
// another edit. When it is false the file should be written anew: a later sync may be
// wrong.
func (v *sight) secure() bool {
	f, err := v.r.disk.OpenFile(v.t.ownFile(v.id), os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	v.t.afloat.names = true
	return f.Sync() == nil
}

// keepLoser keeps the version of a record that a person's edit replaces though
// it is newer than what the person saw.
func (v *sight) keepLoser() error {
	body, err := v.body()
	if err != nil {
		return err
	}
	name := v.t.dir + "/" + v.id + ".conflict-" + strconv.FormatUint(uint64(v.rev), 10) + ".json"
	if err := v.r.disk.WriteFile(name, recordText(body), ownMode); err != nil {
		return err
	}
	v.r.fault(Fault{File: v.t.ownFile(v.id), Offset: -1,
		Msg: domain.Textf("手工编辑时数据另有改动：以编辑为准，另一版本保存为 ~/%s", "edited by hand while it was changed otherwise: the edit counts, the other version is kept as ~/%s", name)})
	return nil
}

// refuse reports a file that is no record: what it was before counts on.
func (v *sight) refuse(now rows.Stamp, err error) {
	if v.t.broken == nil {
		v.t.broken = map[string]rows.Stamp{}
	}
	v.t.broken[v.id] = now
	msg := domain.Textf("不是记录，不计入：%v", "it is no record and does not count: %v", err)
	if v.row != 0 {
		msg = domain.Textf("编辑的内容不合法，保留之前的记录：%v", "the edit is no good, the record before it stays: %v", err)
	}
	v.r.fault(Fault{File: v.t.ownFile(v.id), Offset: -1, Msg: msg})
}
