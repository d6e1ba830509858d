package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// reader walks an archive and holds each entry to the rules and to the
// manifest.
type reader struct {
	in      *countReader
	z       *zstd.Decoder
	t       *tar.Reader
	sums    *os.File // what the manifest has to say
	lines   *bufio.Writer
	at      string // the entry that is read
	entries int
	header  Header
	done    Done
	places  *places
	room    *room // where the domain is to lie
	temp    *room // where sums lies
}

// countReader counts the bytes of the file itself.
type countReader struct {
	r   io.Reader
	ctx context.Context
	n   int64
}

// Read implements io.Reader.
func (c *countReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, thingset.Canceled(c.ctx)
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// walk reads an archive to its end. do gets every entry but header and manifest;
// what it leaves unread is read. After the walk all sums were right.
func walk(ctx context.Context, r io.Reader, to *room, do func(rd *reader, h *tar.Header, body io.Reader) error) (Header, Done, error) {
	rd := &reader{in: &countReader{r: r, ctx: ctx}, places: newPlaces(), room: to, temp: roomOf(os.TempDir())}
	err := rd.open()
	if err == nil {
		defer rd.close()
		err = rd.walk(do)
	}
	return rd.header, rd.done, rd.explain(err)
}

func (rd *reader) open() error {
	z, err := zstd.NewReader(rd.in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return err
	}
	sums, err := os.CreateTemp("", "carya-restore-")
	if err != nil {
		z.Close()
		return err
	}
	_ = os.Remove(sums.Name())
	rd.z, rd.t, rd.sums, rd.lines = z, tar.NewReader(z), sums, bufio.NewWriter(sums)
	return nil
}

func (rd *reader) close() {
	rd.z.Close()
	rd.sums.Close()
}

// explain says where an archive is damaged. Errors that have a code of their own
// stay.
func (rd *reader) explain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*domain.Error](err); ok {
		return err
	}
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged(domain.Textf("文件过早结束：第 %v 字节处，在 %v 之后", "the file ends too early, at byte %v behind %v", rd.in.n, rd.place()))
	}
	return damaged(domain.Textf("%v，第 %v 字节附近，在 %v 之后", "%v near byte %v behind %v", err, rd.in.n, rd.place()))
}

func (rd *reader) place() string {
	if rd.at == "" {
		return "the beginning"
	}
	return quoted(rd.at)
}

func (rd *reader) walk(do func(*reader, *tar.Header, io.Reader) error) error {
	for {
		h, err := rd.t.Next()
		if err != nil {
			return err // also io.EOF: the manifest ends the walk
		}
		if err := rd.check(h); err != nil {
			return err
		}
		rd.at = h.Name
		if h.Name == manifestName {
			if err := rd.manifest(h); err != nil {
				return err
			}
			if err := rd.end(); err != nil {
				return err
			}
			return rd.places.check()
		}
		if err := rd.entry(h, do); err != nil {
			return err
		}
	}
}

// entry reads one entry and notes its sum.
func (rd *reader) entry(h *tar.Header, do func(*reader, *tar.Header, io.Reader) error) error {
	sum := sha256.New()
	body := io.TeeReader(rd.t, sum)
	var err error
	if rd.entries == 0 {
		err = rd.readHeader(h, body)
	} else {
		err = do(rd, h, body)
	}
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return err
	}
	rd.entries++
	line, err := json.Marshal(sumLine{h.Name, h.Size, hex.EncodeToString(sum.Sum(nil))})
	if err == nil {
		_, err = rd.lines.Write(append(line, '\n'))
	}
	return errors.Join(err, rd.temp.take(int64(len(line)+1), 0))
}

func (rd *reader) readHeader(h *tar.Header, body io.Reader) error {
	if h.Name != headerName || h.Size > maxHeader {
		return domain.E("e.backup.format", domain.Text{ZH: "不是备份文件", EN: "the file is no backup"})
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	if json.Unmarshal(data, &rd.header) != nil || rd.header.Format != format {
		return domain.E("e.backup.format", domain.Text{ZH: "不是备份文件", EN: "the file is no backup"})
	}
	if rd.header.Version != version {
		return domain.E("e.backup.format", domain.Textf("备份的版本是 %v，本程序只能读 %v", "it is of version %v and this program reads %v", rd.header.Version, version))
	}
	return nil
}

// check holds an entry's name and type to the rules.
func (rd *reader) check(h *tar.Header) error {
	if rd.entries >= maxEntries {
		return domain.E("e.io.toolarge", domain.Textf("超过 %v 项", "more than %v entries", maxEntries))
	}
	name := h.Name
	switch h.Typeflag {
	case tar.TypeReg:
	case tar.TypeDir:
		name = strings.TrimSuffix(name, "/")
	default:
		return damaged(domain.Textf("%v 既不是文件也不是目录", "%v is neither a file nor a folder", quoted(name)))
	}
	if isSparse(h) {
		return damaged(domain.Textf("%v 是稀疏文件", "%v is a sparse file", quoted(name)))
	}
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\\x00") || len(name) > maxName {
		return damaged(domain.Textf("%v 指向外部", "%v leads outside", quoted(name)))
	}
	if domain.Path(name).Depth() > 1+domain.MaxDepth {
		return damaged(domain.Textf("%v 的目录过深", "%v lies too deep", quoted(name)))
	}
	if err := rd.fits(name, h); err != nil {
		return err
	}
	p, isFile := strings.CutPrefix(name, filesDir)
	switch {
	case isFile && (isTransient(p) || isIn(p, plainSets) || leftover(p[strings.LastIndexByte(p, '/')+1:])):
		return damaged(domain.Textf("%v 不应出现在备份中", "%v has no place in a backup", quoted(name)))
	case isFile:
		return rd.places.file(p, h)
	case h.Typeflag == tar.TypeReg && (rd.entries == 0 || name == manifestName):
		return nil
	case h.Typeflag == tar.TypeReg && (strings.HasPrefix(name, recordsDir) || strings.HasPrefix(name, changesDir)):
		if h.Size > maxChunk {
			return domain.E("e.io.toolarge", quoted(name))
		}
		return nil
	}
	return damaged(domain.Textf("不认识 %v", "%v is not known", quoted(name)))
}

// isSparse reports whether an entry is longer than what is there of it. Of such ones
// the type is that of a file.
func isSparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// quoted is a name of an archive for a terminal: nothing in it steers one.
func quoted(s string) string {
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return strconv.Quote(s)
}

// manifest compares what was read with what was written.
func (rd *reader) manifest(h *tar.Header) error {
	if err := rd.lines.Flush(); err != nil {
		return err
	}
	if _, err := rd.sums.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum := sha256.New()
	want, got := bufio.NewReader(rd.t), bufio.NewReader(rd.sums)
	for n := 0; n < rd.entries; n++ {
		said, err := readLine(want)
		if err != nil {
			return err
		}
		read, err := got.ReadBytes('\n')
		if err != nil {
			return err
		}
		if !bytes.Equal(said, read) {
			return differs(said, read)
		}
		sum.Write(said)
	}
	last, err := readLine(want)
	if err != nil {
		return err
	}
	var s summary
	if json.Unmarshal(last, &s) != nil || s.Entries != rd.entries || s.SHA256 != hex.EncodeToString(sum.Sum(nil)) {
		return damaged(domain.Text{ZH: "清单的结尾不对", EN: "the manifest does not end as it should"})
	}
	if _, err := want.ReadByte(); err != io.EOF {
		return damaged(domain.Text{ZH: "清单的结尾之后还有内容", EN: "the manifest goes on behind its end"})
	}
	if s.Revision > maxRevision {
		return damaged(domain.Textf("没有域能到修订号 %v", "no domain comes to revision %v", s.Revision))
	}
	rd.done = s.Done
	return nil
}

// readLine reads a line of bounded length.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if line = append(line, part...); !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
		if len(line) > maxHeader {
			return nil, damaged(domain.Text{ZH: "清单中有一行没有结束", EN: "the manifest has a line without an end"})
		}
	}
}

// differs names the entry that is not as it was written.
func differs(said, read []byte) error {
	var was, is sumLine
	if json.Unmarshal(said, &was) != nil || json.Unmarshal(read, &is) != nil || was.Name != is.Name {
		return damaged(domain.Textf("清单中没有 %v", "the manifest does not name %v", quoted(is.Name)))
	}
	return damaged(domain.Textf("%v 的校验和是 %v，写入时是 %v", "%v has the checksum %v and was written with %v", quoted(was.Name), is.SHA256, was.SHA256))
}

// end holds that nothing follows.
func (rd *reader) end() error {
	if _, err := rd.t.Next(); err != io.EOF {
		return damaged(domain.Text{ZH: "清单之后还有内容", EN: "there is more behind the manifest"})
	}
	n, err := io.Copy(io.Discard, io.LimitReader(rd.z, maxTrailing+1)) // the frame's own sum
	if n > maxTrailing {
		return damaged(domain.Text{ZH: "清单之后还有内容", EN: "there is more behind the manifest"})
	}
	return err
}
