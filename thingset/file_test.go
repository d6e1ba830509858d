package thingset_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

func TestFilesAddedAtOnceAreAllKeptAndListed(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	set := newSet(t, db, "orders", `{}`)
	rec := create(t, set, `{"nm":"x"}`)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			o := thingset.FileOptions{Dir: "media", Name: "a.png", Rename: "{major}_{nb}{suffix}"}
			if _, err := set.AddFile(t.Context(), rec.ID, o, strings.NewReader(fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	files, err := set.Files(t.Context(), rec.ID, "media")
	if err != nil || len(files) != 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	now, err := set.Get(t.Context(), rec.ID)
	if err != nil || member(now, "th_media_nb") != "20" || gjson.GetBytes(now.Body, "th_media_list.#").Int() != 20 {
		t.Errorf("%s, %v", now.Body, err)
	}
	contents := map[string]bool{}
	for _, f := range files {
		data, err := db.Domain().Tree(domain.Owner).ReadFile(f.Path)
		if err != nil || f.ID == "" {
			t.Error(f.Name, f.ID, err)
		}
		contents[string(data)] = true
	}
	if len(contents) != 20 {
		t.Errorf("%d different contents", len(contents))
	}
}

func TestAFileThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	set := newSet(t, db, "orders", `{fileMax:100}`)
	rec := create(t, set, `{"nm":"x"}`)
	broken := errors.New("broken")
	in := io.MultiReader(strings.NewReader("half"), failing{broken})
	_, err := set.AddFile(t.Context(), rec.ID, thingset.FileOptions{Dir: "file", Name: "n"}, in)
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	_, err = set.AddFile(t.Context(), rec.ID, thingset.FileOptions{Dir: "file", Name: "n", Max: 1000}, strings.NewReader(strings.Repeat("x", 101)))
	wantCode(t, err, "e.io.toolarge")
	if list, err := db.Domain().Tree(domain.Owner).List(set.Data(rec.ID) + "/file"); len(list) != 0 {
		t.Errorf("left: %s, %v", list[0].Name, err)
	}
}

type failing struct{ err error }

func (b failing) Read([]byte) (int, error) { return 0, b.err }

func TestFileNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", ".", "..", "a/b", `a\b`, ".meta.json", "a\x00", "a\n", "\xff", "a\u202egnp.exe", strings.Repeat("x", 201),
		"thing.json", "THING.json", "thing.json.", "thing%2ejson", "ｔhing.json", "%2emeta.json", "．a.png.meta.json", "thing.js\u200bon"} {
		if domain.CodeOf(thingset.CheckFileName(name)) != "e.io.path" {
			t.Errorf("%q is taken", name)
		}
	}
	for _, name := range []string{"a", "小 白.png", "a..b", "-rf", "~x", "id:1", strings.Repeat("x", 200)} {
		if err := thingset.CheckFileName(name); err != nil {
			t.Error(err)
		}
	}
}

func TestFilesGoWithTheThing(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	set := newSet(t, db, "orders", `{}`)
	rec := create(t, set, `{"nm":"x"}`)
	for _, name := range []string{"~x", "id:1", "-rf"} {
		if _, err := set.AddFile(t.Context(), rec.ID, thingset.FileOptions{Dir: "file", Name: name}, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := set.Delete(t.Context(), rec.ID, false); err != nil {
		t.Fatal(err)
	}
	_, err := set.Files(t.Context(), rec.ID, "file")
	wantCode(t, err, "e.thing.noexists")
	tree := db.Domain().Tree(domain.Owner)
	if _, err := tree.Stat(set.Data(rec.ID)); err != nil {
		t.Error("the bin lost the files:", err)
	}
	if n, err := set.Clean(t.Context(), thingset.Batch{}); n != 1 || err != nil {
		t.Error(n, err)
	}
	_, err = tree.Stat(set.Data(rec.ID))
	wantCode(t, err, "e.io.obj.noexists")
}

func TestFilesOfWhatHasExpiredAreCleaned(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	set := newSet(t, db, "orders", `{}`)
	stays, goes := create(t, set, `{"nm":"stays"}`), create(t, set, `{"nm":"goes"}`)
	for _, rec := range []thingset.Record{stays, goes} {
		if _, err := set.AddFile(t.Context(), rec.ID, thingset.FileOptions{Dir: "file", Name: "n"}, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := set.Update(t.Context(), goes.ID, []byte(`{"expi":1}`)); err != nil {
		t.Fatal(err)
	}
	if n, err := set.Clean(t.Context(), thingset.Batch{}); n != 0 || err != nil {
		t.Error(n, err)
	}
	tree := db.Domain().Tree(domain.Owner)
	if _, err := tree.Stat(set.Data(stays.ID) + "/file/n"); err != nil {
		t.Error(err)
	}
	_, err := tree.Stat(set.Data(goes.ID))
	wantCode(t, err, "e.io.obj.noexists")
}
