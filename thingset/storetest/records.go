package storetest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/caryahq/carya/thingset"
)

func records() []check {
	return []check{
		{"put, get, replace, delete", checkRecord},
		{"revisions grow by one", checkRevisions},
		{"a body comes back byte for byte", checkBodies},
		{"a body that is not UTF-8 is refused", checkUTF8},
		{"a body that is too large is refused", checkLarge},
		{"ids that are no file names are refused", checkIDs},
		{"a record stands once in a batch", checkTwice},
		{"an empty batch makes no commit", checkEmpty},
		{"sets and domains are apart", checkApart},
		{"a set that was not defined", checkUndefined},
		{"a plain set", checkPlain},
		{"closing", checkClose},
		{"an ended context", checkEnded},
	}
}

func checkRecord(b *bench) {
	b.define(people())
	b.count(0)
	b.absent("a")
	rev := b.commit(put("a", `"nm":"ann"`))
	b.body("a", `{"id":"a","nm":"ann"}`)
	if rec := b.get("a"); rec.ID != "a" || rec.Rev != rev {
		b.Errorf("record is %s@%d, want a@%d", rec.ID, rec.Rev, rev)
	}
	b.commit(put("a", `"nm":"bob"`), put("b", ""))
	b.body("a", `{"id":"a","nm":"bob"}`)
	b.count(2)
	b.commit(del("a"))
	b.absent("a")
	b.count(1)
	b.commit(put("a", `"nm":"cid"`))
	b.body("a", `{"id":"a","nm":"cid"}`)
}

func checkRevisions(b *bench) {
	b.define(people())
	first := b.commit(put("a", ""), put("b", ""))
	if first != 1 {
		b.Errorf("the first commit is %d", first)
	}
	b.same(b.get("b").Rev, 1)
	b.fails("e.thing.rev", given(put("a", ""), thingset.Absent))
	b.same(b.commit(del("a")), 2)
	b.same(b.commit(put("c", "")), 3)
	b.same(b.get("b").Rev, 1)
	b.same(b.get("c").Rev, 3)
}

func checkBodies(b *bench) {
	b.define(people())
	bodies := []string{
		`{"id":"x"}`, `{ "id" : "x" , "z":1,"a":[1,{"b":null}] }`, "{\n  \"id\": \"x\",\n  \"nm\": \"小白\"\n}\n",
		`{"id":"x","s":"\u0000\n\"\\\/"}`, `{"id":"x","n":1e400,"m":-0.10}`, `{"id":"x","s":"` + strings.Repeat("long ", 50_000) + `"}`,
	}
	for _, body := range bodies {
		b.commit(thingset.Write{Set: set, ID: "x", Body: []byte(body)})
		if got := b.get("x").Body; !bytes.Equal(got, []byte(body)) {
			b.Errorf("put %.80q, got %.80q", body, got)
		}
	}
}

func checkUTF8(b *bench) {
	b.define(people())
	b.commit(put("a", `"nm":"小白","s":"\ufffd"`))
	for bad, at := range map[string]int{"\xff": 0, "\xc3": 0, "\xed\xa0\x80": 0, "\xc0\x80": 0, "\xf4\x90\x80\x80": 0, "\xd0\xa1\xb0\xd7": 2} {
		err := b.fails("e.json", put("ok", ""), put("a", `"nm":"小`+bad+`"`))
		if want := fmt.Sprintf("byte %d", len(`{"id":"a","nm":"小`)+at); !strings.HasSuffix(err.Error(), want) {
			b.Errorf("%q: %v, want %s", bad, err, want)
		}
	}
}

func checkLarge(b *bench) {
	b.define(people())
	w := put("a", "")
	w.Body = fmt.Appendf(nil, `{"id":"a","s":"%s"}`, strings.Repeat("x", thingset.MaxRecord-17))
	b.fails("e.thing.large", put("ok", ""), thingset.Write{Set: set, ID: "a", Body: append(w.Body[:len(w.Body):len(w.Body)], ' ')})
	b.commit(w)
	b.same(len(b.get("a").Body), thingset.MaxRecord)
}

func checkIDs(b *bench) {
	b.define(people())
	for _, id := range []string{"", ".", "..", ".a", "-a", "a/b", `a\b`, "a b", "a\x00", "名", strings.Repeat("x", 129), "a.conflict-1"} {
		b.fails("e.thing.id", put("ok", ""), thingset.Write{Set: set, ID: id, Body: []byte(`{"id":"x"}`)})
	}
	for _, id := range []string{"a", "A", "a..b", "x@y.z+1", "thing.json", "pack-1", "con", strings.Repeat("f", 128)} {
		b.commit(put(id, ""))
		b.same(b.get(id).ID, id)
	}
	b.count(8)
}

func checkTwice(b *bench) {
	b.define(people())
	b.fails("e.thing.id", put("a", ""), del("a"))
	b.fails("e.thing.id", put("a", ""), put("b", ""), put("a", ""))
}

func checkEmpty(b *bench) {
	b.define(people())
	b.same(b.commit(), 0)
	b.commit(put("a", ""))
	b.same(b.commit(), 1)
	b.same(b.commit(del("nobody")), 1)
	b.same(b.commit(put("b", ""), del("nobody")), 2)
}

func checkApart(b *bench) {
	b.define(people())
	b.ok(b.s.Define(b.Context(), dom, set+"/sub", people()))
	b.ok(b.s.Define(b.Context(), "other", set, people()))
	b.commit(put("a", `"nm":"ann"`))
	other := put("a", `"nm":"ann","n":2`)
	rev, err := b.s.Commit(b.Context(), "other", []thingset.Write{other})
	b.ok(err)
	b.same(rev, 1)
	other.Set = set + "/sub"
	b.same(b.commit(other), 2)
	b.body("a", `{"id":"a","nm":"ann"}`)
	b.count(1)
	b.commit(del("a"))
	rec, err := b.s.Find(b.Context(), "other", set, 0, "ann")
	b.ok(err)
	b.same(rec.ID, "a")
	_, err = b.s.Find(b.Context(), dom, set+"/sub", 0, "ann")
	b.ok(err)
}

func checkUndefined(b *bench) {
	const code = "e.thing.set.noexists"
	ctx := b.Context()
	_, err := b.s.Get(ctx, dom, set, "a")
	b.code(err, code)
	_, err = b.s.Find(ctx, dom, set, 0, "a")
	b.code(err, code)
	_, err = b.s.Count(ctx, dom, set)
	b.code(err, code)
	for _, err := range b.s.Scan(ctx, dom, set, thingset.Range{}) {
		b.code(err, code)
	}
	b.define(people())
	unknown := put("x", "")
	unknown.Set = "unknown"
	b.fails(code, put("a", ""), unknown)
}

func checkPlain(b *bench) {
	def := thingset.Def{Plain: true, Indexes: []string{"uid"}}
	const name = ".domain/session/c0ffee"
	b.ok(b.s.Define(b.Context(), dom, name, def))
	w := put(strings.Repeat("ab", 32), `"uid":"u1"`)
	w.Set = name
	b.commit(w)
	rec, err := b.s.Get(b.Context(), dom, name, w.ID)
	b.ok(err)
	b.same(string(rec.Body), string(w.Body))
}

func checkClose(b *bench) {
	b.define(people())
	b.commit(put("a", `"nm":"ann"`))
	b.ok(b.s.CloseDomain(dom))
	b.body("a", `{"id":"a","nm":"ann"}`)
	b.finds("a", 0, "ann")
	b.same(b.commit(put("b", "")), 2)
	b.ok(b.s.CloseDomain("other"))
	b.ok(b.s.Close())
	_, err := b.s.Get(b.Context(), dom, set, "a")
	b.code(err, "e.store.closed")
	_, err = b.s.Commit(b.Context(), dom, []thingset.Write{put("a", "")})
	b.code(err, "e.store.closed")
	b.code(b.s.Define(b.Context(), dom, set, people()), "e.store.closed")
}

func checkEnded(b *bench) {
	b.define(people())
	_, err := b.s.Commit(b.ended(), dom, []thingset.Write{put("a", "")})
	b.code(err, "e.canceled")
	b.absent("a")
	b.commit(put("a", ""))
	for _, err := range b.s.Scan(b.ended(), dom, set, thingset.Range{}) {
		b.code(err, "e.canceled")
	}
}
