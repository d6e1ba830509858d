package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore"
)

// caryaEngine is the embedded engine.
type caryaEngine struct{ s *filestore.Store }

const (
	dom = "demo"
	set = "accounts"
)

func openCarya(dir string) (engine, error) {
	at := filepath.Join(dir, dom)
	if err := os.MkdirAll(at, 0o755); err != nil {
		return nil, err
	}
	s, err := filestore.Open(filestore.Options{Dir: func(string) string { return at }})
	if err == nil {
		err = s.Define(context.Background(), dom, set, thingset.Def{Unique: [][]string{{"nm"}, {"phone"}, {"email"}}, Indexes: []string{"age"}})
	}
	return &caryaEngine{s}, err
}

func (e *caryaEngine) Load(from, to int) error {
	for ; from < to; from += 1000 {
		var batch []thingset.Write
		for i := from; i < min(from+1000, to); i++ {
			batch = append(batch, thingset.Write{Set: set, ID: id(i), Body: account(i)})
		}
		if _, err := e.s.Commit(context.Background(), dom, batch); err != nil {
			return err
		}
	}
	return nil
}

func (e *caryaEngine) Put(i int) error {
	_, err := e.s.Commit(context.Background(), dom, []thingset.Write{{Set: set, ID: id(i), Body: account(i)}})
	return err
}

func (e *caryaEngine) ByID(i int) error {
	_, err := e.s.Get(context.Background(), dom, set, id(i))
	return err
}

func (e *caryaEngine) ByPhone(i int) error {
	_, err := e.s.Find(context.Background(), dom, set, 1, phone(i))
	return err
}

func (e *caryaEngine) Page(age int) error {
	k := 0
	from := thingset.IndexKey(nil, "age", account(age))
	for _, err := range e.s.Scan(context.Background(), dom, set, thingset.Range{Index: "age", From: from}) {
		if err != nil {
			return err
		}
		if k++; k == 50 {
			break
		}
	}
	return nil
}

func (e *caryaEngine) Close() error { return e.s.Close() }
