package cmds

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/form"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thingFile is `thing SET file ID ACTION [NAME]`; thingMedia and thingAttachment
// are the same for the folders media and attachment.
func thingFile(d Deps) *shell.Command {
	c := thingFiles(d, "file", func(c *shell.Call) string {
		if c.Has("dir") {
			return c.Opt("dir").Text()
		}
		return "file"
	})
	c.Options = append(c.Options, option("dir", "NAME", shell.Text, "the folder of the thing's files (file)", "数据文件的目录，默认 file"))
	return c
}

func thingMedia(d Deps) *shell.Command {
	return thingFiles(d, "media", func(*shell.Call) string { return "media" })
}

func thingAttachment(d Deps) *shell.Command {
	return thingFiles(d, "attachment", func(*shell.Call) string { return "attachment" })
}

func thingFiles(d Deps, name string, dir func(*shell.Call) string) *shell.Command {
	return &shell.Command{
		Name:   name,
		Manual: manual("thing" + name),
		Params: []shell.Param{
			setParam(), idParam(),
			{Name: "ACTION", Type: shell.Literal, Help: both("add, get, cat or del", "add、get、cat 或 del")},
			{Name: "NAME", Optional: true, Repeat: true, Help: both("the file's name", "文件名")},
		},
		Options: thingOptions(
			ukeyOption(),
			optional("dupp", "PATTERN", shell.Text, "add under another name when there is one: {major}({nb}){suffix}", "重名时另起名，模式默认 {major}({nb}){suffix}"),
			flag("overwrite", "add in place of the one that is there", "覆盖同名文件"),
			option("upload", "PART", shell.Text, "add this part of the request's form, under its own name when NAME is not given", "上传请求表单中的该部分，不给 NAME 则用其文件名"),
			option("max", "BYTES", shell.Int, "the most bytes that add takes", "add 的最大字节数"),
			flag("http", "cat with an HTTP head: type, ETag, Range (http-dynamic-header)", "cat 时输出 HTTP 头，支持 ETag 与 Range（配合 http-dynamic-header）"),
			optional("download", "NAME", shell.Text, "with -http: to be saved under this name", "配合 -http：作为附件下载的文件名")),
		Reads:  true,
		Writes: true,
		Run: withSet(d, func(c *shell.Call, set *thingset.Set) error {
			id, err := fileOwner(c, set)
			if err != nil {
				return err
			}
			f := thingFileCall{c, set, id, dir(c)}
			return f.run(c.Arg(2).Text())
		}),
	}
}

// fileOwner is the id of the thing: the word ID, or what -ukey finds.
func fileOwner(c *shell.Call, set *thingset.Set) (string, error) {
	if !c.Has("ukey") {
		id := c.Arg(1).Text()
		return id, thingset.CheckID(id)
	}
	return idOf(c, set, c.Arg(1).Text())
}

type thingFileCall struct {
	c       *shell.Call
	set     *thingset.Set
	id, dir string
}

func (f thingFileCall) run(action string) error {
	names := f.c.NArg() - 3
	switch {
	case action == "get" && (names == 0 || names == 1 && f.c.Arg(3).Text() == ""):
		return f.list()
	case action == "add" && names == 0 && !f.c.Has("upload"), action != "add" && names == 0:
		return domain.E("e.cmd.usage", domain.Text{ZH: "缺少文件名", EN: "the file's name is missing"})
	case names > 1 && action != "del":
		return domain.E("e.cmd.usage", domain.Text{ZH: "只能有一个名字", EN: "one name"})
	}
	name := f.c.Arg(3).Text()
	switch action {
	case "add":
		return f.add(name)
	case "get":
		o, err := f.set.File(f.c.Context(), f.id, f.dir, name)
		if err != nil {
			return err
		}
		return f.c.Reply(o.AppendJSON(nil))
	case "cat":
		return f.cat(name)
	case "del":
		return f.del()
	}
	return domain.E("e.cmd.usage", domain.Textf("只能是 add、get、cat 或 del，而不是 %v", "add, get, cat or del, not %v", action))
}

func (f thingFileCall) list() error {
	list, err := f.set.Files(f.c.Context(), f.id, f.dir)
	if err != nil {
		return err
	}
	out := []byte("[")
	for i, o := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = o.AppendJSON(out)
	}
	return f.c.Reply(append(out, ']'))
}

func (f thingFileCall) add(name string) error {
	most, err := wholeNumber(f.c, "max", 0)
	if err != nil {
		return err
	}
	in := withContext(f.c, f.c.In)
	if f.c.Has("upload") {
		body, part, err := uploaded(f.c, f.c.Opt("upload").Text())
		if err != nil {
			return err
		}
		defer body.Close()
		if in = withContext(f.c, part); name == "" {
			name = path.Base(strings.ReplaceAll(part.FileName(), `\`, "/"))
		}
	}
	o := thingset.FileOptions{Dir: f.dir, Name: name, Overwrite: f.c.Has("overwrite"), Max: int64(most)}
	if f.c.Has("dupp") && !o.Overwrite {
		if o.Rename = f.c.Opt("dupp").Text(); o.Rename == "" {
			o.Rename = "{major}({nb}){suffix}"
		}
	}
	obj, err := f.set.AddFile(f.c.Context(), f.id, o, in)
	if err != nil {
		return err
	}
	return f.c.Reply(obj.AppendJSON(nil))
}

// uploaded is a file in the request's form. The body is to be closed.
func uploaded(c *shell.Call, name string) (io.Closer, *multipart.Part, error) {
	if c.Request == nil || c.Request.Body == nil || c.Request.Header == nil {
		return nil, nil, domain.E("e.cmd.usage", domain.Text{ZH: "-upload 只用于请求", EN: "-upload wants a request"})
	}
	kind, params, _ := mime.ParseMediaType(c.Request.Header("Content-Type"))
	if kind != "multipart/form-data" || params["boundary"] == "" {
		return nil, nil, domain.E("e.api.request", domain.Text{ZH: "不是 multipart/form-data", EN: "not multipart/form-data"})
	}
	body, err := c.Request.Body()
	if err != nil {
		return nil, nil, err
	}
	r, err := form.Parts(c.Context(), body, params["boundary"])
	if err != nil {
		body.Close()
		return nil, nil, err
	}
	for {
		part, err := r.Next()
		switch {
		case err == io.EOF:
			err = domain.E("e.api.request", domain.Textf("表单中没有文件 %v", "the form has no file %v", quoted(name)))
		case err != nil:
		case part.FormName() == name && part.FileName() != "":
			return body, part, nil
		default:
			continue
		}
		body.Close()
		return nil, nil, err
	}
}

// inline are the types that a browser may show by itself: none of them runs
// scripts.
var inline = []string{"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "text/plain", "application/pdf"}

func (f thingFileCall) cat(name string) error {
	o, err := f.set.File(f.c.Context(), f.id, f.dir, name)
	if err != nil {
		return err
	}
	t := f.c.Tree()
	if f.c.Has("http") {
		return f.answer(t, o)
	}
	file, err := t.Open(o.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	return copyTo(f.c.Out, withContext(f.c, file))
}

// answer sends the file with an HTTP head. What a browser might run is always a
// download.
func (f thingFileCall) answer(t *domain.Tree, o *domain.Object) error {
	a := &answer{status: http.StatusOK, set: map[string]bool{}, tagged: true, ranged: true}
	if err := a.add("X-Content-Type-Options", "nosniff"); err != nil {
		return err
	}
	kind, _, _ := strings.Cut(o.Mime, ";")
	main, _, _ := strings.Cut(kind, "/")
	if main != "audio" && main != "video" && !slices.Contains(inline, kind) && !f.c.Has("download") {
		if err := a.add("Content-Disposition", attachment(o.Name)); err != nil {
			return err
		}
	}
	return a.content(f.c, t, o)
}

func (f thingFileCall) del() error {
	var names []string
	for _, a := range f.c.Args(3) {
		names = append(names, a.Text())
	}
	if err := f.set.DeleteFiles(f.c.Context(), f.id, f.dir, names...); err != nil {
		return err
	}
	return f.c.Reply([]byte("true"))
}
