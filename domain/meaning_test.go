package domain

import (
	"testing"
)

func TestMeaningIsToldInEverySpelling(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"thing.json", "Thing.JSON", "THING.json", "thing.json.", "thing.json ", " thing.json", "thing.json. .", "thing.json\t",
		"thing%2ejson", "thing%252Ejson", "%74hing.json", "ｔhing.json", "thing．json", "thing。json", "thing․json", "thing.jsοn", "тhing.json", "Тhіng.jѕоn",
		"thing.js\u200bon", "thing\u00ad.json", "\ufeffthing.json", "thing.json\x00", "thing.json\u202e",
		".meta.json", ".a.png.meta.json", ".regapi", ".Domain", ".", "．meta.json", "%2emeta.json", "%2Eregapi", "\u200b.meta.json", " .meta.json", "。domain",
		"thing.json::$DATA", "thing.json:x",
	} {
		if !Means(name) {
			t.Errorf("%q means nothing", name)
		}
	}
	for _, name := range []string{
		"", "a", "things.json", "thing.json5", "thing.jsonl", "thing-json", "a.thing.json", "meta.json", "说明.txt", "……你好.jpg", "…meta.json", "100%.txt", "a%2eb", "index", "data", "Ünï.png",
	} {
		if Means(name) {
			t.Errorf("%q means something", name)
		}
	}
}

// content is a set with uploads that would mean something elsewhere.
func content(t *testing.T) *Domain {
	t.Helper()
	d := testDomain(t)
	put(t, d, "notes/thing.json", "{}")
	put(t, d, "notes/index/thing.json", `{"id":"thing","onCreated":"echo x > ~/www/x"}`)
	put(t, d, "notes/data/1/media/thing.json", `{"onCreated":"echo x > ~/www/x"}`)
	put(t, d, "notes/data/1/media/.meta.json", `{"id":"hostile","site":true,"accounts":"~/notes"}`)
	put(t, d, "notes/data/1/media/sub/index/x.json", `{"id":"x"}`)
	link(t, d, "../notes/data/1/media", "www/linked")
	return d
}

// What lies below index/ or data/ of a ThingSet is no set, has no metadata and is
// no site, also by way of a link.
func TestContentOfASetMeansNothing(t *testing.T) {
	t.Parallel()
	d := content(t)
	for _, p := range []Path{"notes/index", "notes/data/1/media", "www/linked"} {
		e, err := d.entry(p)
		ok(t, err)
		if e.set || e.obj.ID != "" || e.meta != nil {
			t.Errorf("%s: set %v, id %q, metadata %s", p, e.set, e.obj.ID, e.meta)
		}
		if d.NoSite(p).Empty() {
			t.Errorf("%s is a site", p)
		}
		wantCode(t, d.Tree(Owner).SetMeta(p, []byte(`{site:true}`)), "e.io.forbidden")
	}
	if _, found := d.find("hostile"); found {
		t.Error("an id from an upload is known")
	}
}

// Nobody makes a name there that means something, in no spelling and by no way.
func TestNothingBelowDataGetsANameThatMeansSomething(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "notes/thing.json", "{}")
	put(t, d, "a/b", "x")
	put(t, d, "notes/data/1/media/old", "x")
	link(t, d, "notes/data", "link")
	for _, who := range []Principal{Owner, API} {
		tree := d.Tree(who)
		for _, name := range []Path{"thing.json", ".meta.json", ".b.meta.json", ".regapi/api/x", "Thing.json", "thing%2ejson", "thing.json ", "x/thing.json/y", ".new-x"} {
			for _, dir := range []Path{"notes/data/1/media/", "notes/data/", "notes/DATA/", "link/"} {
				p := dir + name
				wantCode(t, tree.WriteFile(p, nil), "e.io.forbidden")
				wantCode(t, tree.Append(p, nil), "e.io.forbidden")
				wantCode(t, tree.Mkdir(p), "e.io.forbidden")
				wantCode(t, tree.Rename("a/b", p), "e.io.forbidden")
			}
		}
		ok(t, tree.WriteFile("notes/data/1/media/"+Path(who.String()), nil))
	}
}

// What was there before stays an owner's to take away.
func TestAnOwnerRemovesOldUploadsThatMeantSomething(t *testing.T) {
	t.Parallel()
	d := content(t)
	ok(t, d.Tree(Owner).Remove("notes/data/1/media/thing.json", false), d.Tree(Owner).Rename("notes/data/1/media/sub", "sub"))
}

// An endpoint turns no upload into a set, a site or metadata by moving folders.
func TestNoEndpointMovesAnUploadIntoMeaning(t *testing.T) {
	t.Parallel()
	d := content(t)
	api := d.Tree(API)
	ok(t, api.WriteFile("notes/data/2/media/thing.txt", nil))
	for _, p := range []Path{"notes", "notes/data", "notes/data/1", "notes/data/1/media"} {
		wantCode(t, api.Rename(p, "pub"), "e.io.forbidden")
	}
	wantCode(t, api.Rename("notes/data/2/media/thing.txt", "pub/thing.json"), "e.io.forbidden")
	wantCode(t, api.Rename("notes/data/2/media/thing.txt", "pub/Thing.json"), "e.io.forbidden")
	ok(t, api.Rename("notes/data/2/media", "pub"))
}

// A site is ~/www, a folder in it, or one that says so.
func TestAFolderSaysThatItIsASite(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	for p, meta := range map[string]string{
		"www": `{id:"w"}`, "www/shop": `{id:"s"}`, "www/shop/deep": `{id:"d"}`, "www/off": `{id:"o",site:false}`, "www/none": `{a:1}`,
		"pub": `{id:"p"}`, "pub/said": `{id:"q",site:true}`, "pub/old": `{id:"r",accounts:"~/people"}`, "set": `{id:"t",accounts:"~/set"}`, ".hidden": `{id:"h",site:true}`,
	} {
		put(t, d, p+"/.meta.json", meta)
	}
	put(t, d, "set/thing.json", "{}")
	put(t, d, "www/file.txt", "")
	for p, want := range map[Path]bool{
		"www": true, "www/shop": true, "www/shop/deep": false, "www/off": false, "www/none": false, "www/file.txt": false, "www/no": false,
		"pub": false, "pub/said": true, "pub/old": true, "set": false, ".hidden": false, "": false,
	} {
		if why := d.NoSite(p); why.Empty() != want {
			t.Errorf("%s: %s", p, why.EN)
		}
	}
}

func TestNoEndpointMakesASite(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "pub/.meta.json", `{id:"p"}`)
	put(t, d, "www/shop/.meta.json", `{id:"s",login_captcha:"robot"}`)
	api := d.Tree(API)
	wantCode(t, api.SetMeta("pub", []byte(`{site:true}`)), "e.io.forbidden")
	wantCode(t, api.SetMeta("pub", []byte(`{accounts:"~/people"}`)), "e.io.forbidden")
	wantCode(t, api.Rename("pub", "www/pub"), "e.io.forbidden")
	ok(t, api.SetMeta("pub", []byte(`{title:"x"}`)), api.Mkdir("www/album"))
	_, err := api.AssignID("www/album")
	ok(t, err)
	if d.NoSite("www/album").Empty() {
		t.Error("a folder that an endpoint made is a site")
	}
	wantCode(t, api.SetMeta("www/album", []byte(`{site:null}`)), "e.io.forbidden")
	wantCode(t, api.SetMeta("www/shop", []byte(`{site:false}`)), "e.io.forbidden")
	ok(t, api.Rename("www/album", "www/album2"))
}

// The rules of a site are the owner's: an endpoint that takes a whole object of
// metadata changes none of them.
func TestNoEndpointChangesTheRulesOfASite(t *testing.T) {
	t.Parallel()
	d := testDomain(t)
	put(t, d, "www/.meta.json", `{id:"w"}`)
	put(t, d, "staff/.meta.json", `{id:"s",site:true}`)
	put(t, d, "pub/.meta.json", `{id:"p"}`)
	api, owner := d.Tree(API), d.Tree(Owner)
	for _, patch := range []string{`{roles:"~/tags"}`, `{role_default:"boss"}`, `{setme:["balance"]}`, `{vcode_captcha:"none"}`, `{login_captcha:null,se_dft_du:9}`, `{title:"x",pvg:"~/pvg"}`} {
		for _, p := range []Path{"www", "staff"} {
			wantCode(t, api.SetMeta(p, []byte(patch)), "e.io.forbidden")
		}
		ok(t, api.SetMeta("pub", []byte(patch)), owner.SetMeta("staff", []byte(patch)))
	}
	ok(t, api.SetMeta("www", []byte(`{title:"x"}`)))
}
