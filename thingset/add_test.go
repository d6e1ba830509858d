package thingset_test

import (
	"sync"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// However many count at once, also the first ones, no count is lost.
func TestAddingLosesNothing(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "hits", `{uniqueKeys:[{name:"page"}]}`)
	const n = 50
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if _, err := set.UpsertAll(t.Context(), []string{"page"}, [][]byte{[]byte(`{"page":"/"}`)}, []byte(`{"n":1,"tenths":0.1}`)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	rec, err := set.Find(t.Context(), []string{"page"}, "/")
	if body := string(rec.Body); err != nil || gjson.Get(body, "n").Raw != "50" || gjson.Get(body, "tenths").Raw != "5" {
		t.Errorf("%s %v", body, err)
	}
}

func TestUpdateAdding(t *testing.T) {
	t.Parallel()
	set := newSet(t, newDB(t), "hits", `{fields:[{key:"n",validate:{intRange:"[0,9]"}}]}`)
	if _, err := set.Create(t.Context(), []byte(`{"id":"a","n":5,"s":"x","z":null,"big":9007199254740993}`)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ patch, by, path, want, code string }{
		{`{}`, `{"n":-1}`, "n", "4", ""},
		{`{"n":1}`, `{"n":1}`, "n", "2", ""}, // the patch first
		{`{}`, `{"new":1.50}`, "new", "1.5", ""},
		{`{}`, `{"z":2}`, "z", "2", ""},
		{`{}`, `{"big":1}`, "big", "9007199254740994", ""},
		{`{}`, `{"e":1e2}`, "e", "100", ""},
		{`{}`, `{"e":1e-2}`, "e", "100.01", ""},
		{`{}`, `{"n":8}`, "n", "2", "e.thing.fld.intRange"},
		{`{}`, `{"s":1}`, "s", `"x"`, "e.cmd.arg"},
		{`{}`, `{"n":"1"}`, "n", "2", "e.cmd.arg"},
		{`{}`, `{"n":1e999999999}`, "n", "2", "e.cmd.arg"},
		{`{}`, `[1]`, "n", "2", "e.json"},
		{`{}`, `{"id":1}`, "id", `"a"`, ""}, // the engine's own stays
	} {
		_, err := set.UpdateAdding(t.Context(), "a", []byte(tt.patch), []byte(tt.by))
		rec, gerr := set.Get(t.Context(), "a")
		if got := gjson.GetBytes(rec.Body, tt.path).Raw; domain.CodeOf(err) != tt.code || gerr != nil || got != tt.want {
			t.Errorf("%s + %s: %s = %s (%v), want %s (%s)", tt.patch, tt.by, tt.path, got, err, tt.want, tt.code)
		}
	}
}
