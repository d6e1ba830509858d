package filestore

import (
	"cmp"
	"encoding/json"
	"hash/maphash"
	"slices"
	"time"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore/internal/pack"
	"github.com/caryahq/carya/thingset/filestore/internal/rows"
)

// unique reports unique values that two records have. What the journal writes
// to is looked at when it is replayed: a record may have given its value up there.
//
// It goes over the key files several times and holds hashes of a part of the ids,
// then of a part of the values, so that memory does not grow with the set.
func (c *checkup) unique() error {
	var def thingset.Def
	if json.Unmarshal(c.def, &def) != nil || len(def.Unique) == 0 {
		return nil
	}
	u := &uniques{c: c, def: def, shape: rows.NewShape(def), seed: maphash.MakeSeed(), now: time.Now().UnixMilli(), clash: map[uint32]bool{}}
	err := u.count()
	if err == nil {
		err = u.findLive()
	}
	if err == nil {
		err = u.findClashes()
	}
	if err != nil || len(u.clash) == 0 {
		return err
	}
	if t := c.loaded(c.dir); t != nil {
		c.liveUnique(t) // somebody loaded it meanwhile, and changed it perhaps
		return nil
	}
	return u.tell()
}

// uniques is one search for unique values that two records have. Entries are
// numbered as they come.
type uniques struct {
	c     *checkup
	def   thingset.Def
	shape *rows.Shape
	seed  maphash.Seed
	now   int64 // Unix ms: what has expired gives its values up

	entries uint32
	live    []uint64 // bits: the entry is the last one of its record, and counts
	lives   int
	part    []hashed
	clash   map[uint32]bool // entries of which a value may be another's too
}

// hashed is an entry with the hash of its id, or of one of its values.
type hashed struct {
	sum   uint64
	entry uint32
	put   bool // of an id: the entry's values count
}

// mostHashed is how many are held at once, 16 bytes each, mostClashes how many
// entries are looked at in the end.
const (
	mostHashed  = 1 << 20
	mostClashes = 10_000
)

// each visits the entries that tell of records, in order.
func (u *uniques) each(visit func(n uint32, e pack.Entry) error) error {
	n := uint32(0)
	for _, one := range u.c.views {
		err := one.Entries(func(e pack.Entry) error {
			if e.Kind == pack.Own {
				return nil
			}
			n++
			return visit(n-1, e)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (u *uniques) count() error {
	return u.each(func(n uint32, _ pack.Entry) error {
		u.entries = n + 1
		return nil
	})
}

// parts hands out all that gather adds, by parts of the hashes.
func (u *uniques) parts(total int, gather func(add func(hashed)) error, see func([]hashed)) error {
	parts := uint64(total/cmp.Or(u.c.hashed, mostHashed) + 1)
	u.part = make([]hashed, 0, total/int(parts)*9/8+1000)
	for p := range parts {
		u.part = u.part[:0]
		err := gather(func(h hashed) {
			if h.sum%parts == p {
				u.part = append(u.part, h)
			}
		})
		if err != nil {
			return err
		}
		slices.SortFunc(u.part, func(a, b hashed) int {
			return cmp.Or(cmp.Compare(a.sum, b.sum), cmp.Compare(a.entry, b.entry))
		})
		for from := 0; from < len(u.part); {
			to := from + 1
			for to < len(u.part) && u.part[to].sum == u.part[from].sum {
				to++
			}
			see(u.part[from:to])
			from = to
		}
	}
	u.part = nil
	return nil
}

// findLive finds the last entry of each record. Ids with the same hash, which are
// not to be expected, would hide a value and no more.
func (u *uniques) findLive() error {
	u.live = make([]uint64, u.entries/64+1)
	return u.parts(int(u.entries), func(add func(hashed)) error {
		return u.each(func(n uint32, e pack.Entry) error {
			if id, ok := entryID(e); ok {
				add(hashed{maphash.Bytes(u.seed, id), n, u.c.current(e) && !u.c.known.Writes(u.c.set, id)})
			}
			return nil
		})
	}, func(same []hashed) {
		if last := same[len(same)-1]; last.put {
			u.live[last.entry/64] |= 1 << (last.entry % 64)
			u.lives++
		}
	})
}

// values visits the unique values of the records that count.
func (u *uniques) values(visit func(n uint32, key int, id, text []byte)) error {
	return u.each(func(n uint32, e pack.Entry) error {
		if u.live[n/64]&(1<<(n%64)) == 0 {
			return nil
		}
		keys, rest, ok := u.shape.Cut(e.Keys)
		if !ok || len(rest) > 0 || expired(keys, u.now) {
			return nil
		}
		for k := range u.def.Unique {
			if text, ok := keys.Unique(k); ok {
				visit(n, k, keys.ID(), text)
			}
		}
		return nil
	})
}

// findClashes finds the entries of which a value has the hash of another's.
func (u *uniques) findClashes() error {
	var h maphash.Hash
	h.SetSeed(u.seed)
	return u.parts(u.lives*len(u.def.Unique), func(add func(hashed)) error {
		return u.values(func(n uint32, key int, _, text []byte) {
			h.Reset()
			_ = h.WriteByte(byte(key)) // a hash takes all
			_, _ = h.Write(text)
			add(hashed{sum: h.Sum64(), entry: n})
		})
	}, func(same []hashed) {
		if len(same) > 1 && len(u.clash) < mostClashes {
			for _, one := range same {
				u.clash[one.entry] = true
			}
		}
	})
}

// tell compares the values themselves.
func (u *uniques) tell() error {
	type claim struct {
		key  int
		text string
	}
	holder := map[claim]string{}
	return u.values(func(n uint32, key int, id, text []byte) {
		if !u.clash[n] {
			return
		}
		at := claim{key, string(text)}
		if other, taken := holder[at]; taken {
			u.c.report(sameKey(u.c.dir, []byte(other), id, u.def.Unique[key]))
		}
		holder[at] = string(id)
	})
}

// expired reports whether a record of such keys has expired.
func expired(k rows.Keys, now int64) bool {
	at := k.Expi()
	return at > 0 && at <= now
}
