package cmds

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

func unzip() *shell.Command {
	return &shell.Command{
		Name:   "unzip",
		Manual: manual("unzip"),
		Writes: true,
		Params: []shell.Param{
			{Name: "FILE", Type: shell.Ref, Help: both("the archive; id:${id} is the request's body", "压缩包；id:${id} 是请求体")},
			{Name: "DIR", Type: shell.Ref, Optional: true, Help: both("where to; without it, the archive's folder", "解到哪里，不给则为压缩包所在目录")},
		},
		Options: []shell.Option{
			flag("list", "only print the names", "只打印名字"),
			flag("f", "replace files that exist", "覆盖已有的文件"),
			option("max", "N", shell.Int, "at most so many entries (10000)", "最多多少项，默认 10000"),
			flag("trust", "the archive is the owner's own: a thing.json, metadata and dot files in it count", "压缩包是主人自己的：其中的 thing.json、元数据与点文件生效"),
			option("size", "BYTES", shell.Int, "at most so many bytes unpacked (1 GiB)", "解开后最多多少字节，默认 1 GiB"),
		},
		Run: runUnzip,
	}
}

// unzipper unpacks an archive. All of it is checked before anything is written.
type unzipper struct {
	c       *shell.Call
	t       *domain.Tree
	dir     domain.Path
	entries int
	left    int64 // bytes that may still be unpacked
	targets []zipTarget
	files   map[domain.Path]bool // the places of files; false for the folders above them
}

// zipTarget is an entry and its place.
type zipTarget struct {
	*zip.File
	path  domain.Path
	isDir bool
}

func runUnzip(c *shell.Call) (err error) {
	u := &unzipper{c: c, files: map[domain.Path]bool{}}
	if c.Has("trust") && c.Who != domain.Owner {
		return domain.E("e.cmd.forbidden", domain.Text{ZH: "unzip -trust 只有主人可用", EN: "unzip -trust is the owner's"})
	}
	if u.t, err = treeOf(c); err != nil {
		return err
	}
	if u.entries, err = wholeNumber(c, "max", 10_000); err != nil {
		return err
	}
	size, err := wholeNumber(c, "size", 1<<30)
	if err != nil {
		return err
	}
	u.left = int64(size)
	f, err := open(c, c.Arg(0))
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := u.reader(f)
	if err != nil {
		return err
	}
	if c.Has("list") {
		return u.list(r)
	}
	if err := u.place(); err != nil {
		return err
	}
	for _, file := range r.File {
		if err := u.check(file); err != nil {
			return err
		}
	}
	if err := u.spare(); err != nil {
		return err
	}
	if err := u.sound(); err != nil {
		return err
	}
	for _, t := range u.targets {
		if err := u.unpack(t); err != nil {
			return err
		}
	}
	return nil
}

// place finds the folder to unpack into.
func (u *unzipper) place() error {
	a := u.c.Arg(1)
	if !a.Given() {
		a = u.c.Arg(0)
	}
	if ref, err := a.Ref(); err != nil || isRequest(u.c, ref) {
		return errors.Join(err, domain.E("e.cmd.usage", domain.Text{ZH: "缺少 DIR", EN: "DIR is missing"}))
	}
	_, p, err := pathOf(u.c, a)
	if err == nil && !u.c.Arg(1).Given() {
		p = p.Dir()
	}
	u.dir = p
	return err
}

func (u *unzipper) reader(f io.Reader) (*zip.Reader, error) {
	r, size, err := randomAccess(f)
	if err != nil {
		return nil, err
	}
	if err := countEntries(r, size, u.entries); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, domain.E("e.cmd.arg", domain.Textf("不是 zip 压缩包：%v", "not a zip archive: %v", strings.TrimPrefix(err.Error(), "zip: ")))
	}
	return z, nil
}

func (u *unzipper) list(r *zip.Reader) error {
	var b strings.Builder
	for _, f := range r.File {
		b.WriteString(printable(strings.ToValidUTF8(f.Name, "?")) + "\n")
	}
	_, err := io.WriteString(u.c.Out, b.String())
	return err
}

// check finds an entry's place and refuses what must not be unpacked.
func (u *unzipper) check(f *zip.File) error {
	name := strings.ReplaceAll(f.Name, `\`, "/")
	shown := quoted(strings.ToValidUTF8(name, "?"))
	kind := f.Mode().Type()
	switch {
	case !utf8.ValidString(name):
		return domain.E("e.io.path", domain.Textf("名字不是 UTF-8：%v", "the name is not UTF-8: %v", shown))
	case strings.HasPrefix(name, "/"):
		return domain.E("e.io.path.outside", shown)
	case kind != 0 && kind != fs.ModeDir:
		return domain.E("e.io.forbidden", domain.Textf("%v 是链接或设备", "%v is a link or a device", shown))
	}
	p, err := u.dir.Join(name)
	if err != nil {
		return err
	}
	if u.left -= int64(min(f.UncompressedSize64, 1<<62)); u.left < 0 {
		return domain.E("e.io.toolarge", domain.Text{ZH: "压缩包解开后超过 -size 的限制", EN: "the archive unpacks to more than -size allows"})
	}
	isDir := strings.HasSuffix(name, "/") || kind == fs.ModeDir
	u.targets = append(u.targets, zipTarget{f, p, isDir})
	return u.free(p, isDir)
}

// spare checks that no entry is for a place where nobody may write, such as the store's own
// files, also of sets that the archive itself would lay out.
func (u *unzipper) spare() error {
	isSet := func(dir domain.Path) bool {
		def, err := dir.Join(thingset.SchemaFile)
		return err == nil && u.files[def]
	}
	for _, t := range u.targets {
		if t.isDir && t.path == "" {
			continue
		}
		if err := u.t.MayWrite(t.path, isSet); err != nil {
			return err
		}
	}
	return nil
}

// sound reads all entries: one that is damaged, or a thing.json that is broken, is told before
// anything is written.
func (u *unzipper) sound() error {
	for _, t := range u.targets {
		if t.isDir {
			continue
		}
		var text bytes.Buffer
		into := io.Discard
		if isSchema := t.path.Base() == thingset.SchemaFile; isSchema && t.UncompressedSize64 <= domain.MaxText {
			into = &text
		}
		if err := t.read(func(r io.Reader) error { return copyTo(into, withContext(u.c, r)) }); err != nil {
			return err
		}
		if into != io.Discard {
			if _, err := thingset.ParseSchema(text.Bytes()); err != nil {
				return domain.E("e.thing.schema", domain.Textf("压缩包中的 %v：%v", "%v in the archive: %v", quoted(t.Name), domain.TextOf(err)))
			}
		}
	}
	return nil
}

// free checks that nothing is in the way at a place, neither in the tree nor in
// the archive itself.
func (u *unzipper) free(p domain.Path, isDir bool) error {
	taken := domain.E("e.io.obj.exists", p.String())
	if !u.c.Has("trust") && domain.MeansIn(p) {
		return u.refuse(p)
	}
	if _, seen := u.files[p]; seen && (!isDir || u.files[p]) {
		return taken
	}
	if o, err := u.t.Stat(p); err == nil {
		fits := isDir && o.Race == domain.DIR || !isDir && o.Race == domain.FILE && u.c.Has("f")
		if !fits {
			return taken
		}
	}
	u.files[p] = !isDir
	for up := p.Dir(); up != p && up != u.dir; p, up = up, up.Dir() {
		if u.files[up] {
			return taken
		}
		if _, seen := u.files[up]; seen {
			break
		}
		u.files[up] = false
		if o, err := u.t.Stat(up); err == nil && o.Race == domain.FILE {
			return taken
		}
	}
	return nil
}

// refuse is why an archive brings nothing with a name that means something.
func (u *unzipper) refuse(p domain.Path) error {
	if u.c.Who != domain.Owner {
		return domain.E("e.io.forbidden", p.String())
	}
	return domain.E("e.io.forbidden", domain.Textf("%v 有特殊含义；自己的压缩包用 unzip -trust", "%v means something to the server; unzip -trust takes an archive of your own", p))
}

func (u *unzipper) unpack(t zipTarget) error {
	if t.isDir {
		return u.t.Mkdir(t.path)
	}
	return t.read(func(r io.Reader) error { return fill(u.c, u.t, t.path, r) })
}

// read has an entry be read.
func (t *zipTarget) read(how func(io.Reader) error) error {
	r, err := t.Open()
	if err != nil {
		return domain.E("e.cmd.arg", domain.Textf("不是 zip 压缩包：%v", "not a zip archive: %v", err.Error()))
	}
	defer r.Close()
	err = how(&claimed{r, int64(t.UncompressedSize64)})
	if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
		return domain.E("e.cmd.arg", domain.Textf("压缩包已损坏：%v", "the archive is damaged: %v", quoted(t.Name)))
	}
	return err
}

// claimed holds an entry to the size that its header says.
type claimed struct {
	r    io.Reader
	left int64
}

// Read implements io.Reader.
func (r *claimed) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if r.left -= int64(n); r.left < 0 {
		return 0, zip.ErrFormat
	}
	return n, err
}
