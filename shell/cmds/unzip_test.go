package cmds

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// archive makes a zip of headers with the same content each.
func archive(t *testing.T, content string, headers ...zip.FileHeader) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, h := range headers {
		f, err := w.CreateHeader(&h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(content)); err != nil && content != "" {
			t.Log(err) // a directory takes none
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func named(names ...string) (out []zip.FileHeader) {
	for _, n := range names {
		out = append(out, zip.FileHeader{Name: n, Method: zip.Deflate})
	}
	return out
}

func TestUnzipRefusesWhatLeavesItsFolder(t *testing.T) {
	t.Parallel()
	link := zip.FileHeader{Name: "link"}
	link.SetMode(fs.ModeSymlink | 0o777)
	pipe := zip.FileHeader{Name: "pipe"}
	pipe.SetMode(fs.ModeNamedPipe | 0o777)
	many := make([]string, 50)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for name, data := range map[string][]byte{
		"climbs":             archive(t, "x", named("ok", "../x")...),
		"climbs inside":      archive(t, "x", named("ok", "a/../../x")...),
		"climbs by \\":       archive(t, "x", named("ok", `..\x`)...),
		"absolute":           archive(t, "x", named("ok", "/etc/x")...),
		"nul":                archive(t, "x", named("ok", "a\x00b")...),
		"not utf-8":          archive(t, "x", named("ok", "\xff\xfe")...),
		"link":               archive(t, "/etc", append(named("ok"), link)...),
		"pipe":               archive(t, "", append(named("ok"), pipe)...),
		"twice":              archive(t, "x", named("ok", "a", "a")...),
		"file and folder":    archive(t, "x", named("ok", "a", "a/b")...),
		"folder and file":    archive(t, "x", named("ok", "a/b", "a")...),
		"hidden":             archive(t, "x", named("ok", ".regapi/api/x")...),
		"hidden below":       archive(t, "x", named("ok", "d/.x")...),
		"too many":           archive(t, "x", named(many...)...),
		"too large":          archive(t, string(make([]byte, 2000)), named("ok")...),
		"not an archive":     []byte("PK nothing"),
		"empty":              nil,
		"claims to be small": shrunk(archive(t, string(make([]byte, 900)), named("ok")...)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := fresh(t)
			if err := d.Tree(domain.Owner).WriteFile("in.zip", data); err != nil {
				t.Fatal(err)
			}
			_, err := endpoint(t, d, request("", nil), "unzip ~/in.zip ~/out -max 20 -size 1000")
			if err == nil || domain.AsError(err).Kind == domain.Internal {
				t.Errorf("unpacked, or: %v", err)
			}
			if _, err := d.Tree(domain.Owner).Stat("out/ok"); err == nil {
				t.Error("something was written")
			}
		})
	}
}

// shrunk makes the directory's header claim a size of one byte.
func shrunk(data []byte) []byte {
	i := bytes.Index(data, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(data[i+24:], 1)
	return data
}

func TestUnzipReadsTheRequestsBody(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	r := request(string(archive(t, "hi", named("a/b.txt", `c\d.txt`, "e/")...)), nil)
	out, err := endpoint(t, d, r, "unzip id:${id} ~/up; tree ~/up; cat ~/up/c/d.txt")
	if want := "~/up\n|-- a/\n|   |-- b.txt\n|-- c/\n|   |-- d.txt\n|-- e/\nhi"; err != nil || out != want {
		t.Errorf("%q, %v", out, err)
	}
}

// An archive brings nothing that means something, whoever unpacks it; its owner says
// that it is theirs.
func TestUnzipBringsNoMeaning(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"thing.json", "set/thing.json", "Thing.JSON", "thing%2ejson", "ｔhing.json", "thing.json.", "thing.js\u200bon", ".meta.json", "a/.b.meta.json",
		".regapi/api/x", "%2eregapi/api/x", ".domain/domain.json", "data/1/media/thing.json", "．meta.json", "thing.json/x",
	} {
		for _, run := range []func(*testing.T, *domain.Domain, *domain.Request, string) (string, error){endpoint, owned} {
			d := fresh(t)
			if err := d.Tree(domain.Owner).WriteFile("in.zip", archive(t, "x", named("ok", name)...)); err != nil {
				t.Fatal(err)
			}
			if _, err := run(t, d, request("", nil), "unzip ~/in.zip ~/out"); domain.CodeOf(err) != "e.io.forbidden" {
				t.Errorf("%q: %v", name, err)
			}
			if _, err := d.Tree(domain.Owner).Stat("out/ok"); err == nil {
				t.Errorf("%q: something was written", name)
			}
		}
	}
	d := fresh(t)
	if err := d.Tree(domain.Owner).WriteFile("in.zip", archive(t, "{}", named("set/thing.json")...)); err != nil {
		t.Fatal(err)
	}
	if _, err := endpoint(t, d, request("", nil), "unzip ~/in.zip ~/out -trust"); domain.CodeOf(err) != "e.cmd.forbidden" {
		t.Errorf("an endpoint trusts it: %v", err)
	}
	if _, err := owned(t, d, nil, "unzip ~/in.zip ~/.regapi/api"); domain.CodeOf(err) != "e.io.forbidden" {
		t.Errorf("among the endpoints: %v", err)
	}
	if _, err := owned(t, d, nil, "unzip ~/in.zip ~/out -trust"); err != nil {
		t.Error(err)
	}
}

// owned runs a script for the owner.
func owned(t *testing.T, d *domain.Domain, _ *domain.Request, src string) (string, error) {
	t.Helper()
	s, err := registry().CompileText(src, shell.CompileOptions{})
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = s.Run(t.Context(), &shell.Env{Domain: d, Who: domain.Owner, Lang: domain.EN, Vars: shell.MapVars{}, Out: &out})
	return out.String(), err
}
