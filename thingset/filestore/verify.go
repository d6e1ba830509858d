package filestore

import (
	"os"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset/filestore/internal/disk"
	"github.com/caryahq/carya/thingset/filestore/internal/journal"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
)

// Verify reads the journal, packs and records of a domain that nobody has open
// and reports what is wrong. Without repair it changes nothing. With repair, what
// cannot be read is set aside under a name that the report gives, and the rest goes
// on; nothing is dropped.
//
// A repair that ends at any point can be done again: what it replaces was copied
// before, under a name that nothing had, and told.
func Verify(dir string, repair bool, report func(Fault)) error {
	return verifyOn(dir, nil, repair, report)
}

// verifyOn is Verify on a disk with a hook, which only a repair asks.
func verifyOn(dir string, hook disk.Hook, repair bool, report func(Fault)) error {
	return (&verifier{repair: repair, hook: hook, report: report}).run(dir)
}

// run verifies a domain that nobody has open.
func (v *verifier) run(dir string) error {
	told, report := 0, v.report
	v.report = func(f Fault) {
		told++
		report(f)
	}
	if err := v.open(dir); err != nil {
		return err
	}
	defer v.d.Close()
	if err := v.journal(); err != nil {
		return err
	}
	if v.unread {
		return nil
	}
	known, err := journal.Ask(v.d)
	if err != nil {
		return nil // reported already
	}
	if known.Unread != nil && (v.repair || told == 0) {
		v.report(Fault{File: journal.Dir, Offset: -1, Msg: domain.TextOf(known.Unread)})
	}
	v.known, v.state = known, known
	if err := v.walk("."); err != nil {
		return err
	}
	return v.unseen()
}

// verifier is one Verify under way.
type verifier struct {
	d      *disk.Disk
	hook   disk.Hook
	repair bool
	report func(Fault)
	rules  func(set string, body []byte) error // Options.Rules; nil: there are none

	known  knower
	unread bool            // the journal cannot be read, which was reported
	state  *journal.Known  // of a domain that nobody has open
	walked map[string]bool // sets that were looked at
	pack.Scratch

	hashed int // instead of mostHashed, when it is set: for tests

	room *room // of a domain that is open
}

// knower is what a journal says of packs and records.
type knower interface {
	Mark(set string) (m pack.Mark, ok bool)
	Sets() []string
	Whole() bool
	Logs(set string) bool
	Writes(set string, id []byte) bool
}

func (v *verifier) open(dir string) (err error) {
	if _, err = os.Stat(dir); err == nil {
		if v.repair {
			v.d, err = disk.Open(dir, v.hook)
		} else {
			v.d, err = disk.Look(dir)
		}
	}
	if err != nil {
		return domain.Wrap(err, "e.domain.noexists", dir)
	}
	return nil
}

// journal verifies the journal.
func (v *verifier) journal() (err error) {
	if v.unread, err = v.odd(); v.unread || err != nil {
		return err
	}
	list, err := journal.Damage(v.d)
	if err != nil && domain.CodeOf(err) == "e.store.damaged" {
		f := Fault{File: journal.StateFile, Offset: -1, Msg: domain.TextOf(err)}
		if !v.repair {
			v.report(f)
			return nil
		}
		err = journal.SetAside(v.d, func(kept string) {
			f.Repaired = true
			f.add("；原样保存为 ~/%s，能读出的都算数", "; kept as ~/%s, everything that can be read counts", kept)
			v.report(f)
		})
		if err == nil {
			list, err = journal.Damage(v.d)
		}
	}
	if err != nil {
		return err
	}
	for _, x := range list {
		if err := v.segment(&x); err != nil {
			return err
		}
	}
	return nil
}

// segment reports and mends one damaged segment.
func (v *verifier) segment(x *journal.Damaged) error {
	if !v.repair {
		v.faults(x, domain.Text{})
		return nil
	}
	return x.Mend(v.d, func(kept string) {
		tail := domain.Text{ZH: "；能读出的继续使用", EN: "; what can be read goes on"}
		if kept != "" {
			tail = domain.Textf("；整段保存为 ~/%s，能读出的继续使用", "; the whole segment is kept as ~/%s, what can be read goes on", kept)
		}
		v.faults(x, tail)
	})
}

// faults reports what is wrong with a segment.
func (v *verifier) faults(x *journal.Damaged, tail domain.Text) {
	for _, f := range x.Faults {
		v.report(Fault{File: f.File, Offset: f.Offset, Msg: domain.Textf("%s%s", "%s%s", f.What, tail), Repaired: v.repair})
	}
}
