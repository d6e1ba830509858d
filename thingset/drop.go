package thingset

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
)

// A folder goes with the sets in it. No script of theirs runs.
//
// Who has read a thing.json tells the engine of it before the folder goes, or finds that it
// has gone: DB.going is held from before the sets are dropped until the folder is away.

// removing drops the sets in a folder that is to be removed.
func (db *DB) removing(folder domain.Path) (done func(), err error) {
	if db.store == nil || db.d.IsContent(folder) {
		return nil, nil
	}
	ctx := context.Background()
	for _, path := range db.discoverIn(folder, true) {
		_, _ = db.Set(ctx, path) // the feed tells of what was loaded; what is damaged goes as well
	}
	db.going.Lock()
	return db.going.Unlock, db.drop(ctx, folder)
}

// drop drops the sets in a folder. Whoever holds going waits for no set and no commit
// of this layer: those who make them may wait for going.
func (db *DB) drop(ctx context.Context, folder domain.Path) error {
	dropErr := db.store.Drop(ctx, db.d.Name(), string(folder))
	db.drops.Add(1)
	gone := db.in(folder)
	if dropErr != nil { // it may be done all the same, but for its folder
		gone = slices.DeleteFunc(gone, func(s *Set) bool { return domain.CodeOf(s.answers(ctx)) != "e.thing.set.noexists" })
	}
	db.forget(gone)
	for _, s := range gone {
		if s.plain { // whoever holds it goes on with it, empty
			if err := db.store.Define(ctx, db.d.Name(), s.name, s.Def()); err != nil {
				return err
			}
		}
	}
	return cmp.Or(dropErr, db.forgetMarks(ctx, folder, gone))
}

// within reports whether a set is a folder's or below it.
func within(folder domain.Path, set string) bool {
	return set == string(folder) || strings.HasPrefix(set, string(folder)+"/")
}

// in are the sets in a folder that are in use, by their paths.
func (db *DB) in(folder domain.Path) (list []*Set) {
	db.mu.RLock()
	defer db.mu.RUnlock()
	for _, path := range slices.Sorted(maps.Keys(db.sets)) {
		if s := db.sets[path]; within(folder, s.name) {
			list = append(list, s)
		}
	}
	return list
}

// forget forgets sets that were dropped: one of their names is another one.
func (db *DB) forget(gone []*Set) {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, s := range gone {
		if !s.plain {
			delete(db.sets, s.path)
			db.schemas.Delete(s.name)
			s.forget()
		}
	}
}

// forget has the set be defined anew when there is a thing.json again.
func (s *Set) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cur := s.current.Load(); cur != nil {
		next := *cur
		next.gone, next.file = true, &domain.Object{Path: s.file(), Modified: -1}
		s.current.Store(&next)
	}
}

// forgetMarks forgets how far imports to the sets in a folder have come: those to new ones
// begin anew.
func (db *DB) forgetMarks(ctx context.Context, folder domain.Path, gone []*Set) error {
	if len(gone) == 0 {
		return nil
	}
	set, err := db.Plain(ctx, marksPath, Def{})
	if err != nil {
		return err
	}
	var batch []Write
	for rec, err := range set.Each(ctx, Query{}) {
		if err != nil {
			return err
		}
		var m mark
		if json.Unmarshal(rec.Body, &m) == nil && within(folder, m.Set) {
			batch = append(batch, Write{Set: set.name, ID: rec.ID})
		}
	}
	_, err = db.store.Commit(ctx, db.d.Name(), batch)
	return err
}

// moving refuses to move a folder with sets: the engine knows them by their names.
func (db *DB) moving(folder, _ domain.Path) error {
	if db.store == nil || db.d.IsContent(folder) {
		return nil
	}
	if list := db.discoverIn(folder, true); len(list) > 0 {
		return domain.E("e.io.forbidden", domain.Textf(
			"%v 是数据集，其数据不随目录改名：请停止服务，用系统命令移动该目录，再执行 carya doctor %v --repair，然后启动服务",
			"%v is a ThingSet, whose things do not follow a new name: stop the server, move the folder by the system's mv, run carya doctor %v --repair, and start the server", list[0], db.d.Name()))
	}
	return nil
}
