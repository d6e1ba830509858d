package cmds

import (
	"strconv"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
)

// spellings of names that mean something to the server.
var spellings = []string{"thing.json", "THING.JSON", "thing.json.", "thing.json ", "thing%2ejson", "ｔhing.json", "thing.js\u200bon", "тhing.json", ".meta.json", ".up.meta.json", "%2emeta.json", "．meta.json"}

// No verb of an endpoint makes something that means something, below data/ or
// elsewhere, in no spelling.
func TestNoVerbOfAnEndpointMakesMeaning(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	owner := d.Tree(domain.Owner)
	for p, text := range map[domain.Path]string{"notes/thing.json": "{}", "up": `{"onCreated":"echo x > ~/www/x"}`, "in.zip": string(archive(t, "{}", named("ok")...))} {
		if err := owner.WriteFile(p, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := endpoint(t, d, request("", nil), "thing ~/notes create -fields '{id:\"1\"}'"); err != nil {
		t.Fatal(err)
	}
	for _, name := range spellings {
		word := "'" + name + "'"
		for _, dir := range []string{"~/pub/", "~/notes/data/1/media/"} {
			to := dir + word
			for _, src := range []string{
				"write " + to + " x", "write -a " + to + " x", "echo x > " + to, "echo x >> " + to, "cp ~/up " + to, "mv ~/up " + to, "cp id:${id} " + to, "mkdir " + to, "touch " + to,
				"unzip ~/in.zip " + to, "obj " + dir + " -new " + strconv.Quote(`{nm:'`+name+`',race:'FILE'}`), "obj " + dir + " -new " + strconv.Quote(`{nm:'`+name+`',race:'DIR'}`),
			} {
				if out, err := endpoint(t, d, request("x", nil), src); err == nil || domain.AsError(err).Kind == domain.Internal {
					t.Errorf("%s: %q, %v", src, out, err)
				}
			}
		}
		for _, src := range []string{"echo x | thing ~/notes file 1 add " + word + " -dir media", "echo x | thing ~/notes file 1 add " + word + " -dir media -overwrite", "echo x | thing ~/notes file 1 add x -dupp " + word} {
			if _, err := endpoint(t, d, request("", nil), src); err == nil && !strings.Contains(src, "-dupp") {
				t.Errorf("%s: taken", src)
			}
		}
	}
	if _, err := owner.Stat("up"); err != nil {
		t.Error("the file was moved")
	}
}

// What lies below data/ or index/ is no set, whatever it holds.
func TestAnUploadIsNoSet(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	for p, text := range map[domain.Path]string{"things/notes/thing.json": "{}", "things/notes/data/1/media/x": "{}"} {
		if err := d.Tree(domain.Owner).WriteFile(p, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Files().WriteFile("things/notes/data/1/media/thing.json", []byte(`{"onCreated":"echo x > ~/www/x"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := d.Files().Symlink("notes/data/1/media", "things/link"); err != nil {
		t.Fatal(err)
	}
	if err := d.Files().MkdirAll("things/notes/index", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := d.Files().WriteFile("things/notes/index/thing.json", []byte(`{"id":"thing","onCreated":"echo x > ~/www/x"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, set := range []string{"~/things/notes/data/1/media", "~/things/notes/index", "~/things/link"} {
		for _, run := range []func(*testing.T, *domain.Domain, *domain.Request, string) (string, error){endpoint, owned} {
			if _, err := run(t, d, request("", nil), "thing "+set+" create -fields '{nm:\"x\"}'"); domain.CodeOf(err) != "e.thing.set.noexists" {
				t.Errorf("%s: %v", set, err)
			}
		}
	}
	if _, err := owned(t, d, request("", nil), "thing ~/things/notes/data/1/media init"); err == nil {
		t.Error("the owner makes a set of an upload")
	}
}

// A value does not give a name a meaning, for the owner's scripts either: those of
// a thing.json run as the owner, with what people wrote.
func TestNoValueGivesANameAMeaning(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	if err := d.Tree(domain.Owner).WriteFile("up", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(spellings, ".regapi/api/x", "a/.meta.json", "json") {
		v := "echo " + strconv.Quote(name) + " | vars x; "
		for _, src := range []string{"write ~/pub/${x} y", "echo y > ~/pub/${x}", "cp ~/up ~/pub/${x}", "mv ~/up ~/pub/a/${x}", "mkdir ~/pub/${x}", "touch ~/pub/${x}", "rm ~/pub/${x}"} {
			if name == "json" {
				src = strings.ReplaceAll(src, "${x}", "thing.${x}")
			}
			if _, err := owned(t, d, nil, v+src); domain.CodeOf(err) != "e.io.path" {
				t.Errorf("%q: %s: %v", name, src, err)
			}
		}
	}
	for _, src := range []string{"echo a | vars x; write ~/.hidden/${x} y", "echo .regapi/x | vars x; touch ${x}", "echo ~/.regapi/y | vars x; touch ${x}", "write ~/.regapi/z y", "echo b | vars x; write ~/.a${x} y"} {
		if _, err := owned(t, d, nil, src); err != nil {
			t.Errorf("%s: %v", src, err)
		}
	}
}
