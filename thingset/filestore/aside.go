package filestore

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// tmpDir is where own files are written before they get their names, and where those
// go that lose theirs: there nobody watches, and what a crash leaves is in nobody's way.
const tmpDir = journal.Dir + "/tmp"

// aside is a file in tmpDir that a newer one has taken the place of, or whose record is
// gone. A person may have saved it between the engine's last look and that moment, or
// may have it open still: it is removed when it is sure that it is the engine's.
type aside struct {
	t    *set
	id   string
	tmp  string
	left rows.Stamp // as the engine has left it

	sure  bool // nobody else ever had it: it is the engine's
	found bool // it was there when the domain was opened: its text tells whose it is
}

// A name in tmpDir is a number, never used twice, the tag of the set, and the id.
func (r *room) tmpName(t *set, id string) string {
	r.tmp.last++
	r.tmp.names = true
	return fmt.Sprintf("%s/%d-%s-%s", tmpDir, r.tmp.last, t.tag, id)
}

// tmpTag stands for a set in the names of temporary files; one that was made again after
// a drop has another one.
func tmpTag(set string, born thingset.Rev) string {
	h := fnv.New64a()
	h.Write([]byte(set))
	if born > 0 {
		fmt.Fprintf(h, "\x00%d", born)
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// tagOf is the tag of the set in a name that a crash has left.
func tagOf(name string) string { return strings.SplitN(name, "-", 3)[1] }

// tmp is what is known of tmpDir; room.busy guards it.
type tmp struct {
	last  int      // the highest number that was used
	names bool     // files came or went since it was synced
	found []string // names that a crash has left, until their sets are loaded
	list  []aside  // what is to be removed
}

// openTmp looks at what a crash has left in tmpDir. What has only a number for a name
// was made by a version that gave no such file another name. What stays is not written
// over: a name is never used for two texts.
func (r *room) openTmp() error {
	if r.disk.ReadOnly() {
		return nil
	}
	names, err := r.disk.Names(tmpDir)
	for _, name := range names {
		number, rest, tagged := strings.Cut(name, "-")
		n, bad := strconv.Atoi(number)
		if bad != nil {
			continue // it is none of the engine's
		}
		if tagged && strings.Contains(rest, "-") {
			r.tmp.found = append(r.tmp.found, name)
		} else if r.disk.Remove(tmpDir+"/"+name) == nil {
			continue
		}
		r.tmp.last = max(r.tmp.last, n)
	}
	return err
}

// recall takes up what a crash has left of a set in tmpDir, while what its own files
// may show is still known. A set that the state does not know had no own files: what is
// there is left of one of that name that was dropped, or never got its name. The caller
// holds busy.
func (r *room) recall(t *set) {
	_, known := r.journal.Mark(t.name)
	sure := !known && r.journal.Whole()
	r.tmp.found = slices.DeleteFunc(r.tmp.found, func(name string) bool {
		if tagOf(name) != t.tag {
			return false
		}
		r.tmp.list = append(r.tmp.list, aside{t: t, id: strings.SplitN(name, "-", 3)[2], tmp: tmpDir + "/" + name, sure: sure, found: !sure})
		return true
	})
	_ = r.clearTmp() // what fails is tried again
}

// clearTmp looks once more at what lies aside. The caller holds busy.
func (r *room) clearTmp() (first error) {
	list := r.tmp.list
	r.tmp.list, r.tmp.names = nil, r.tmp.names || len(list) > 0
	for _, a := range list {
		var err error
		done := false
		if a.found {
			done, err = r.judge(a)
		} else {
			done, err = r.again(a)
		}
		if first = cmp.Or(first, err); !done {
			r.tmp.list = append(r.tmp.list, a)
		}
	}
	return first
}

// again looks once more at what lies aside: what was saved there meanwhile was so by
// somebody who had the file open, and has not seen what took its place.
func (r *room) again(a aside) (done bool, err error) {
	v := r.sight(a.t, a.id)
	saved, done, err := r.inspect(a, v.known)
	if saved {
		v.outdated()
	}
	return done, err
}

// recalls reports whether what a crash has left of a set is still to be judged.
func (r *room) recalls(t *set) bool {
	return slices.ContainsFunc(r.tmp.list, func(a aside) bool { return a.t == t && a.found })
}

// takeAway removes the own file of a record that has none any more.
func (r *room) takeAway(t *set, id string, left rows.Stamp) error {
	a := aside{t: t, id: id, tmp: r.tmpName(t, id), left: left}
	err := r.disk.Rename(t.ownFile(id), a.tmp)
	if err != nil && (!missing(err) || r.exists(t.ownFile(id))) {
		return err // tmpDir may be gone
	}
	t.afloat.drop(t.ownFile(id))
	r.forgetOwn(t, id)
	if err != nil {
		return nil
	}
	r.clearAway(a, rows.Stamp{})
	return nil
}

// forgetOwn notes that a record, or one that is gone, has no file of its own any more.
func (r *room) forgetOwn(t *set, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.passOn(t, id, rows.Stamp{})
}

// clearAway removes what lies aside, now or when that can be. It is true when it is a
// person's: then it has its name again in place of what the engine has left there.
func (r *room) clearAway(a aside, now rows.Stamp) (saved bool) {
	saved, done, _ := r.inspect(a, now)
	if !done {
		r.tmp.list = append(r.tmp.list, a)
	}
	return saved
}

// inspect looks at what lies aside. Who has it open may still write to it: then it is
// looked at again.
func (r *room) inspect(a aside, now rows.Stamp) (saved, done bool, err error) {
	if a.sure {
		err = r.hand.Remove(a.tmp)
		return false, err == nil, err
	}
	fi, unused, err := r.hand.Unused(a.tmp)
	switch {
	case missing(err):
		return false, true, nil
	case err != nil:
		return false, false, err
	case !fi.Mode().IsRegular() || !alike(stampOf(fi, nil), a.left):
		err = r.giveBack(a, now)
		return err == nil, err == nil, err
	case !unused:
		return false, false, nil
	}
	err = r.hand.Remove(a.tmp)
	return false, err == nil, err
}

// giveBack gives what a person has saved its name again, in place of what the engine
// has left there. When somebody has saved the file once more meanwhile, that stays.
func (r *room) giveBack(a aside, now rows.Stamp) error {
	name := a.t.ownFile(a.id)
	if a.t.begun { // else all is looked at next
		r.edits.note(a.t, a.id)
	}
	a.t.afloat.names = true
	err := r.hand.Exchange(name, a.tmp)
	switch {
	case missing(err):
		if err = r.hand.MoveNew(a.tmp, name); errors.Is(err, fs.ErrExist) {
			return r.keepEdit(a)
		}
		return err
	case errors.Is(err, errors.ErrUnsupported):
		return r.keepEdit(a)
	case err != nil:
		return err
	}
	fi, err := r.hand.Lstat(a.tmp)
	if err == nil && fi.Mode().IsRegular() && alike(stampOf(fi, nil), now) {
		a.t.afloat.drop(name)
		a.left, a.found = now, false
		r.clearAway(a, rows.Stamp{})
		return nil
	}
	if err := r.hand.Exchange(name, a.tmp); err != nil {
		return err
	}
	return r.keepEdit(a)
}

// keepEdit keeps what a person has saved beside the record's own file, which somebody
// has saved once more.
func (r *room) keepEdit(a aside) error {
	r.mu.RLock()
	rev := r.rev
	r.mu.RUnlock()
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s/%s.conflict-%d-%d.json", a.t.dir, a.id, rev, n)
		err := r.hand.MoveNew(a.tmp, name)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			r.fault(Fault{File: a.t.ownFile(a.id), Offset: -1,
				Msg: domain.Textf("手工编辑时文件另有改动：这次编辑的内容保存为 ~/%s", "edited by hand while the file was changed otherwise: this edit is kept as ~/%s", name)})
		}
		return err
	}
}

// judge tells what a crash has left aside of the engine's from what a person has saved,
// which gets its name again.
func (r *room) judge(a aside) (done bool, err error) {
	text, fi, err := r.disk.ReadWithin(a.tmp, maxText)
	switch {
	case missing(err):
		return true, nil
	case err != nil && fi == nil:
		return false, err
	case err != nil:
		err = r.keepEdit(a)
		return err == nil, err
	}
	v := r.sight(a.t, a.id)
	if len(text) == 0 || v.wrote(stampOf(fi, text), text) {
		err = r.hand.Remove(a.tmp)
		return err == nil, err
	}
	if v.unknown() {
		r.s.o.Log.Warn("a file that a crash has left is of a record that nobody knows; it stays", "domain", r.dom, "file", a.tmp, "set", a.t.name)
		return true, nil
	}
	if err := r.disk.MkdirAll(a.t.dir, a.t.dirMode()); err != nil {
		return false, err
	}
	if _, bad := readText(text, a.id); bad != nil {
		err = r.keepEdit(a)
		return err == nil, err
	}
	own, fi, err := r.disk.ReadWithin(a.t.ownFile(a.id), maxText)
	switch {
	case err != nil && !missing(err) && fi == nil:
		return false, err
	case err == nil && v.wrote(stampOf(fi, own), own):
		err = r.giveBack(a, stampOf(fi, own))
		v.outdated()
	case missing(err):
		err = r.giveBack(a, rows.Stamp{})
	default:
		err = r.keepEdit(a)
	}
	return err == nil, err
}

// wrote reports whether a file is what the engine has written, or shows the record.
func (v *sight) wrote(s rows.Stamp, text []byte) bool {
	if v.known != (rows.Stamp{}) && v.known.Sum == s.Sum && v.known.Size == s.Size || v.t.wroteIt(v.id, s, text) {
		return true
	}
	if v.row == 0 {
		return false
	}
	body, err := v.body()
	if err == nil && torn(text, recordText(body)) {
		return true
	}
	edit, err := readText(text, v.id)
	return err == nil && (v.shows(edit) || v.t.knew(v.id, edit))
}

// unknown reports whether nothing tells of the record: a commit that was refused, or
// lost before it was acknowledged, may have left its file.
func (v *sight) unknown() bool {
	return v.row == 0 && v.known == rows.Stamp{} && len(v.t.older[v.id]) == 0
}

// outdated notes that a record's own file shows what a person has saved before the
// record was changed.
func (v *sight) outdated() {
	v.r.mu.Lock()
	defer v.r.mu.Unlock()
	if v.row != 0 && v.holds() {
		s := v.known
		s.Time = behind
		v.t.rows.SetStamp(v.row, s)
	}
}
