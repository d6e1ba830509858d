package thingset

import (
	"context"
	"slices"
	"time"

	"github.com/caryahq/carya/domain"
)

// state is what is known of a set's thing.json. It is replaced, never changed.
type state struct {
	schema *Schema
	hooks  map[Event][]Hook
	src    string
	good   string         // the text that schema comes from
	file   *domain.Object // as it was read, or looked at since
	read   time.Time
	faults []domain.Fault // of the file as it is; schema is then an older one
	unread bool           // the file could not be read
	gone   bool           // the set was dropped: the engine does not know it
	drops  uint64         // DB.drops when the engine was told
}

// sureAfter is how old a file must be to be told from another one of the same
// length by its time.
const sureAfter = 2 * time.Second

// state is what thing.json says now. Where the folder is watched it costs a look
// into a map.
func (s *Set) state(ctx context.Context) (*state, error) {
	cur := s.current.Load()
	if s.plain {
		return cur, nil
	}
	obj, err := s.db.d.Tree(domain.Owner).Stat(s.fileOf(cur))
	switch {
	case err != nil:
		return s.missing(err)
	case cur == nil || cur.file != obj && !cur.same(obj) || cur.drops != s.db.drops.Load():
		return s.refresh(ctx, obj)
	}
	return cur, nil
}

func (s *Set) file() domain.Path { return s.below(SchemaFile) }

// fileOf is file, made once: every look at the set asks for it.
func (s *Set) fileOf(cur *state) domain.Path {
	if cur != nil {
		return cur.file.Path
	}
	return s.file()
}

// below is a path in the set's folder.
func (s *Set) below(rel string) domain.Path { return below(s.path, rel) }

func below(set domain.Path, rel string) domain.Path {
	if set == "" {
		return domain.Path(rel)
	}
	return set + "/" + domain.Path(rel)
}

func (st *state) same(obj *domain.Object) bool {
	return st.file.Modified == obj.Modified && st.file.Len == obj.Len && st.read.UnixMilli()-obj.Modified > sureAfter.Milliseconds()
}

// refresh reads thing.json again. When it is broken the schema before it stays.
func (s *Set) refresh(ctx context.Context, obj *domain.Object) (*state, error) {
	s.db.going.RLock()
	defer s.db.going.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	cur, now, drops := s.current.Load(), time.Now(), s.db.drops.Load()
	told := cur != nil && cur.drops == drops
	if told && cur.file == obj {
		return cur, nil
	}
	if cur != nil && cur.gone {
		cur, told = nil, false // nothing of it is in force
	}
	if s.db.d.IsContent(s.file()) {
		return nil, domain.E("e.thing.set.noexists", s.path)
	}
	src, err := s.db.d.Tree(domain.Owner).ReadWithin(s.file(), domain.MaxText)
	next := &state{src: string(src), good: string(src), file: obj, read: now, drops: drops}
	if err != nil {
		return s.unread(cur, next, err)
	}
	if cur != nil && !cur.unread && cur.src == next.src && (told || len(cur.faults) > 0) {
		next.schema, next.hooks, next.faults, next.good = cur.schema, cur.hooks, cur.faults, cur.good
		s.current.Store(next)
		return next, nil
	}
	if next.schema, next.faults = readSchema(s.file().String(), next.src); len(next.faults) == 0 {
		next.hooks, next.faults = s.db.compile(next.schema)
	}
	if len(next.faults) == 0 {
		if err := s.define(ctx, next); err != nil && cur == nil {
			return nil, err
		} else if err != nil && passes(err) {
			return cur, nil // the next who asks tries again
		}
	}
	if len(next.faults) > 0 {
		if cur == nil {
			return nil, schemaError(next.faults)
		}
		next.schema, next.hooks, next.good = cur.schema, cur.hooks, cur.good
		s.db.log.Warn("thing.json is broken, the version before it stays in force", "domain", s.db.d.Name(), "fault", next.faults[0].String())
	}
	s.current.Store(next)
	return next, nil
}

// missing is the state without a thing.json: none, unless something lies in its
// place that is no file.
func (s *Set) missing(err error) (*state, error) {
	files := s.db.d.Files()
	if _, gone := files.Lstat(string(s.file())); gone != nil && domain.AsError(err).Kind == domain.NotFound {
		return nil, domain.E("e.thing.set.noexists", s.path)
	}
	if _, odd := domain.ReadFile(files, s.file(), domain.MaxText); odd != nil {
		err = odd
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	cur := s.current.Load()
	if cur != nil && cur.unread {
		return cur, nil
	}
	next := &state{drops: s.db.drops.Load()}
	if cur != nil {
		next.file = cur.file
	}
	return s.unread(cur, next, err)
}

// unread is the state while thing.json cannot be read: the schema before it stays.
func (s *Set) unread(cur, next *state, err error) (*state, error) {
	if domain.AsError(err).Kind == domain.NotFound {
		return nil, err
	}
	next.unread, next.faults = true, []domain.Fault{domain.FaultAt(s.file().String(), 0, 0, domain.TextOf(err))}
	if cur == nil {
		return nil, schemaError(next.faults)
	}
	next.schema, next.hooks, next.good = cur.schema, cur.hooks, cur.good
	s.db.log.Warn("thing.json cannot be read, the version before it stays in force", "domain", s.db.d.Name(), "fault", next.faults[0].String())
	s.current.Store(next)
	return next, nil
}

// passes reports whether the engine could not take a definition at that moment, whatever
// it says.
func passes(err error) bool {
	switch domain.CodeOf(err) {
	case "e.busy", "e.canceled", "e.timeout", "e.store.closed", "e.store.write":
		return true
	}
	return false
}

// define tells the engine. What the records there do not allow is a fault.
func (s *Set) define(ctx context.Context, next *state) error {
	before, known := s.db.schemas.Swap(s.name, next.schema)
	err := s.db.store.Define(ctx, s.db.d.Name(), s.name, next.schema.def)
	if err != nil {
		if s.db.schemas.Delete(s.name); known {
			s.db.schemas.Store(s.name, before)
		}
		next.faults = []domain.Fault{domain.FaultAt(s.file().String(), 1, 1, domain.TextOf(domain.AsError(err)))}
	}
	return err
}

// CheckRecord holds a record that somebody wrote past the sets, into its file by
// hand, to the schema of its set; one without a schema takes everything.
func (db *DB) CheckRecord(set string, body []byte) error {
	if schema, ok := db.schemas.Load(set); ok {
		return schema.(*Schema).Check(body)
	}
	return nil
}

// Check reads every thing.json of the domain anew and gives what is wrong with
// them, sorted by file.
func (db *DB) Check() []domain.Fault {
	ctx := context.Background()
	var out []domain.Fault
	paths := db.discover(true)
	slices.Sort(paths)
	for _, path := range paths {
		out = append(out, db.check(ctx, path)...)
	}
	return out
}

// Scripts are the scripts of every thing.json of the domain that can be read, by file.
func (db *DB) Scripts() (out []Script) {
	ctx := context.Background()
	paths := db.discover(true)
	slices.Sort(paths)
	for _, path := range paths {
		s, err := db.Set(ctx, path)
		if err != nil {
			continue // Check tells of it
		}
		if st := s.current.Load(); st.schema != nil {
			for _, e := range []Event{OnCreated, OnUpdated, OnBeforeDelete, OnDeleted} {
				out = append(out, st.schema.scripts[e]...)
			}
		}
	}
	return out
}

func (db *DB) check(ctx context.Context, path domain.Path) []domain.Fault {
	s, err := db.Set(ctx, path)
	var faults []domain.Fault
	if err == nil {
		faults, err = s.current.Load().faults, s.answers(ctx)
	}
	if err == nil {
		return faults
	}
	e := domain.AsError(err)
	if faults, ok := e.Data.([]domain.Fault); ok {
		return faults
	}
	return []domain.Fault{domain.FaultAt(path.String(), 0, 0, domain.TextOf(e))}
}
