package cmds

import (
	"bufio"
	"bytes"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/progress"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/transfer"
)

// thingImport is `thing SET import [FILE]`.
func thingImport(d Deps) *shell.Command {
	return &shell.Command{
		Name:   "import",
		Manual: manual("thingimport"),
		Params: []shell.Param{setParam(), {
			Name: "FILE", Type: shell.Ref, Optional: true,
			Help: both("what to read; without one, the pipe", "要读取的文件，不给则读管道"),
		}},
		Options: thingOptions(
			formatOption(), osFileOption(),
			option("unique", "KEY", shell.Text, "update the thing that has the same value of this unique key (a+b: of both), create it when there is none", "按唯一键（多个写作 a+b）更新已有数据，没有才新建"),
			flag("resume", "go on behind what earlier imports of this file have committed, each row once", "从上次导入的位置继续，每行只导入一次"),
			option("name", "NAME", shell.Text, "what the pipe is called: for -resume and for its format", "管道的名称，用于 -resume 和判断格式"),
			option("size", "BYTES", shell.Int, "how much the pipe holds, for the progress bar", "管道内容的字节数，用于进度条")),
		Reads:  true,
		Writes: true,
		Run: withSet(d, func(c *shell.Call, set *thingset.Set) error {
			return runThingImport(c, d, set)
		}),
	}
}

func formatOption() shell.Option {
	return option("as", "FORMAT", shell.Text, "jsonl, json, csv or xlsx; else by the file's extension", "格式：jsonl、json、csv、xlsx，不给则看扩展名")
}

func osFileOption() shell.Option {
	return option("file", "PATH", shell.Text, "a file of the operating system; for a verb on the command line", "操作系统的文件，仅用于命令行")
}

// refuseOSFile is met where the command line did not take -file for itself.
func refuseOSFile(c *shell.Call) error {
	if c.Has("file") {
		return domain.E("e.cmd.forbidden", domain.Text{ZH: "-file 只用于命令行", EN: "-file is for a verb on the command line"})
	}
	return nil
}

func runThingImport(c *shell.Call, d Deps, set *thingset.Set) error {
	if err := refuseOSFile(c); err != nil {
		return err
	}
	in, err := importSource(c)
	if err != nil {
		return err
	}
	defer in.Close()
	format, err := in.format(c)
	if err != nil {
		return err
	}
	x := &importReport{c: c, in: in, bar: progress.New(c.Err, c.Columns)}
	o := thingset.Import{
		Source: in.name, Resume: c.Has("resume"),
		Check: func(doc []byte) error {
			err := mayImport(c, d, doc)
			if err == nil && c.Who != domain.Owner {
				err = unguarded(set, doc)
			}
			return err
		},
		Bad:      x.bad,
		Progress: x.progress,
	}
	if c.Has("unique") {
		o.Unique = splitKey(c.Opt("unique").Text())
	}
	if o.Resume && o.Source == "" {
		return domain.E("e.cmd.usage", domain.Text{ZH: "-resume 需要 FILE 或 -name", EN: "-resume wants FILE or -name"})
	}
	done, err := set.Import(c.Context(), transfer.Read(format, in, roomOf(c)), o)
	return x.end(done, err)
}

// mayImport refuses what a row may not bring: to a request the secrets, and to
// anyone a password that is not hashed.
func mayImport(c *shell.Call, d Deps, doc []byte) error {
	if err := maySet(c, doc); err != nil || d.IsHash == nil {
		return err
	}
	if p := gjson.GetBytes(doc, "passwd"); p.Type != gjson.Null && (p.Type != gjson.String || !d.IsHash(p.Str)) {
		return domain.E("e.cmd.arg", domain.Text{ZH: "passwd 不是已知的密码散列；从不存储明文密码", EN: "passwd is no known password hash; a password itself is never stored"})
	}
	return nil
}

// importFile is what an import reads: a file, or the pipe.
type importFile struct {
	*bufio.Reader
	io.Closer
	name string
	size int64 // 0 when it is not known
	read *countReader
}

// countReader counts what was read.
type countReader struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (r *countReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.n += int64(n)
	return n, err
}

func importSource(c *shell.Call) (*importFile, error) {
	in := &importFile{Closer: io.NopCloser(nil), name: c.Opt("name").Text()}
	var r io.Reader = c.In
	if c.NArg() > 1 {
		f, err := open(c, c.Arg(1))
		if err != nil {
			return nil, err
		}
		r, in.Closer, in.name = f, f, c.Arg(1).Text()
		if file, ok := f.(fs.File); ok {
			if fi, err := file.Stat(); err == nil {
				in.size = fi.Size()
			}
		}
	}
	n, err := wholeNumber(c, "size", int(in.size))
	in.size = int64(n)
	in.read = &countReader{r: withContext(c, r)}
	in.Reader = bufio.NewReaderSize(in.read, 64<<10)
	return in, err
}

// format is what -as says, or the name's extension, or what the first bytes look
// like.
func (in *importFile) format(c *shell.Call) (transfer.Format, error) {
	if c.Has("as") {
		return transfer.FormatOf(c.Opt("as").Text())
	}
	if i := strings.LastIndexByte(in.name, '.'); i > strings.LastIndexByte(in.name, '/') {
		return transfer.FormatOf(in.name)
	}
	head, _ := in.Peek(512)
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff")))
	switch {
	case bytes.HasPrefix(head, []byte("PK")):
		return transfer.XLSX, nil
	case bytes.HasPrefix(head, []byte("[")):
		return transfer.JSON, nil
	case bytes.HasPrefix(head, []byte("{")) || len(head) == 0:
		return transfer.JSONL, nil
	}
	return transfer.CSV, nil
}

// maxFaults is how many bad rows an answer names; the error stream names all.
const maxFaults = 20

// importReport tells a person, and the answer, what becomes of the rows.
type importReport struct {
	c      *shell.Call
	in     *importFile
	bar    *progress.Bar
	faults []byte
	n      int
}

// bad writes `line: code: what`.
func (x *importReport) bad(line int, err error) {
	e := domain.AsError(err)
	x.bar.Clear()
	x.c.Notef("%d: %s: %s", line, e.Code, strings.TrimSpace(e.What(x.c.Lang)))
	if x.n++; x.n > maxFaults {
		return
	}
	if x.n > 1 {
		x.faults = append(x.faults, ',')
	}
	o := &object{}
	o.put("line", strconv.Itoa(line))
	o.put("code", quoted(e.Code))
	o.put("what", quoted(strings.TrimSpace(e.What(x.c.Lang))))
	x.faults = o.appendJSON(x.faults)
}

func (x *importReport) step(done thingset.Imported) progress.Step {
	read := x.in.read.n
	return progress.Step{Done: read, Total: x.in.size, Count: done.Rows, Unit: both("rows", "行")}
}

func (x *importReport) progress(done thingset.Imported) { x.bar.Show(x.step(done), x.c.Lang) }

// end prints what was done; bad rows make an error of it.
func (x *importReport) end(done thingset.Imported, err error) error {
	if err != nil {
		x.bar.Clear()
		if done.Rows > 0 {
			x.c.Notef("%s", x.summary(done))
		}
		return err
	}
	x.bar.Done(x.step(done), x.c.Lang)
	if done.Bad == 0 {
		return x.c.Reply(x.summary(done))
	}
	bad := domain.E("e.thing.import", domain.Textf("%[2]v 行中有 %[1]v 行未能导入", "%v of %v rows were not taken", done.Bad, done.Rows)).With(rawJSON(x.summary(done)))
	if x.c.Has("ajax") {
		return bad
	}
	if err := x.c.Reply(x.summary(done)); err != nil {
		return err
	}
	return bad
}

func (x *importReport) summary(done thingset.Imported) []byte {
	o := &object{}
	o.put("rows", strconv.Itoa(done.Rows))
	o.put("created", strconv.Itoa(done.Created))
	o.put("updated", strconv.Itoa(done.Updated))
	o.put("bad", strconv.Itoa(done.Bad))
	if x.n > 0 {
		o.put("faults", "["+string(x.faults)+"]")
	}
	return o.appendJSON(nil)
}

// rawJSON is strict JSON as data of an error.
type rawJSON []byte

// MarshalJSON implements json.Marshaler.
func (r rawJSON) MarshalJSON() ([]byte, error) { return relaxed.AppendCompact(nil, r), nil }
