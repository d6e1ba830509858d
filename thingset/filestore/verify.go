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
func Verify(dir string, repair bool, report func(Fault)) error {
	v := &verifier{repair: repair, report: report}
	if err := v.open(dir); err != nil {
		return err
	}
	defer v.d.Close()
	if err := v.journal(); err != nil {
		return err
	}
	if err := v.feed(); err != nil {
		return err
	}
	known, err := journal.Ask(v.d)
	if err != nil {
		return nil // reported already
	}
	v.known = known
	return v.walk(".")
}

// verifier is one Verify under way.
type verifier struct {
	d      *disk.Disk
	repair bool
	report func(Fault)

	known knower
	pack.Scratch

	hashed int // instead of mostHashed, when it is set: for tests

	room *room         // of a domain that is open
	seen map[*set]bool // of its sets
}

// knower is what a journal says of packs and records.
type knower interface {
	Mark(set string) (m pack.Mark, ok bool)
	Whole() bool
	Logs(set string) bool
	Writes(set string, id []byte) bool
}

func (v *verifier) open(dir string) (err error) {
	if _, err = os.Stat(dir); err == nil {
		if v.repair {
			v.d, err = disk.Open(dir, nil)
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
func (v *verifier) journal() error {
	list, err := journal.Damage(v.d)
	if err != nil && domain.CodeOf(err) == "e.store.damaged" {
		f := Fault{File: journal.StateFile, Offset: -1, Msg: domain.TextOf(err)}
		if v.repair {
			kept, err := journal.SetAside(v.d)
			if err != nil {
				return err
			}
			f.Repaired = true
			f.add("；原样保存为 ~/%s，能读出的都算数", "; kept as ~/%s, everything that can be read counts", kept)
		}
		if v.report(f); !v.repair {
			return nil
		}
		list, err = journal.Damage(v.d)
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
	tail := domain.Text{}
	if v.repair {
		kept, err := x.Mend(v.d)
		if err != nil {
			return err
		}
		if tail = (domain.Text{ZH: "；能读出的继续使用", EN: "; what can be read goes on"}); kept != "" {
			tail = domain.Textf("；整段保存为 ~/%s，能读出的继续使用", "; the whole segment is kept as ~/%s, what can be read goes on", kept)
		}
	}
	for _, f := range x.Faults {
		v.report(Fault{File: f.File, Offset: f.Offset, Msg: domain.Textf("%s%s", "%s%s", f.What, tail), Repaired: v.repair})
	}
	return nil
}

// feed verifies what is kept for the feed. While the journal itself is damaged
// nobody can say how far that should reach.
func (v *verifier) feed() error {
	list, err := journal.Spoilt(v.d)
	if domain.CodeOf(err) == "e.store.damaged" {
		return nil // told before
	}
	for _, x := range list {
		f := Fault{File: x.File, Offset: x.Offset, Msg: x.What, Repaired: v.repair}
		if v.repair {
			kept, err := x.PutAside(v.d)
			if err != nil {
				return err
			}
			f.add("；原样保存为 ~/%s", "; kept as ~/%s", kept)
		}
		v.report(f)
	}
	return err
}
