package thingset

import (
	"context"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/caryahq/carya/domain"
)

// A thing's files lie in data/<id>/<dir>/ of its set. The record keeps what is
// there: th_<dir>_nb (how many), th_<dir>_ids and th_<dir>_list ({id, nm, tp, mime,
// len, lm}, in the order in which they came).

// FileOptions say how a file is added.
type FileOptions struct {
	Dir, Name string

	// Overwrite replaces a file of that name. Otherwise, when there is one,
	// Rename gives another name, as a pattern of {major}, {nb} and {suffix}; ""
	// makes it e.io.obj.exists.
	Overwrite bool
	Rename    string

	Max int64 // bytes; 0 is what thing.json says (fileMax)
}

// Limits of files where thing.json says nothing.
const (
	defaultFileMax   = 1 << 30
	defaultFileCount = 1000
)

// checkDir refuses what cannot be a folder of a thing's files.
func checkDir(dir string) error {
	ok := dir != "" && len(dir) <= 32 && dir[0] >= 'a' && dir[0] <= 'z'
	for i := 0; ok && i < len(dir); i++ {
		c := dir[i]
		ok = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_'
	}
	if !ok {
		return domain.E("e.io.path", domain.Textf("文件目录名只能用 a-z、0-9 与 _，最多 32 个字符：%v", "a folder of files is a-z, 0-9 and _, at most 32: %v", cut(dir)))
	}
	return nil
}

// maxFileName is the longest name of a file in bytes: its metadata lies beside it
// under a longer one.
const maxFileName = 200

// CheckFileName refuses what cannot be the name of a new file of a thing
// (e.io.path): one segment, no control characters, and none that means something
// to the server, in no spelling (domain.Means).
func CheckFileName(name string) error {
	if domain.Means(name) {
		return domain.E("e.io.path", domain.Textf("名字有特殊含义：%v", "the name means something to the server: %v", strconv.QuoteToASCII(cut(name))))
	}
	return checkOldName(name)
}

// checkOldName is CheckFileName of a file that may be there already.
func checkOldName(name string) error {
	bad := func(r rune) bool { return r == '/' || r == '\\' || unicode.IsControl(r) || r == '\u202e' }
	if name == "" || len(name) > maxFileName || name[0] == '.' || !utf8.ValidString(name) || strings.ContainsFunc(name, bad) {
		return domain.E("e.io.path", domain.Textf("不是文件名：%v", "no name of a file: %v", strconv.QuoteToASCII(cut(name))))
	}
	return nil
}

// filePath is where a thing's file is; "" names the folder.
func (s *Set) filePath(id, dir, name string) (domain.Path, error) {
	if err := checkDir(dir); err != nil {
		return "", err
	}
	folder := s.Data(id) + "/" + domain.Path(dir)
	if name == "" {
		return folder, nil
	}
	if err := checkOldName(name); err != nil {
		return "", err
	}
	return folder.Join(name)
}

// File is a thing's file: its object has the path to open. e.thing.noexists,
// e.io.obj.noexists.
func (s *Set) File(ctx context.Context, id, dir, name string) (*domain.Object, error) {
	if err := checkOldName(name); err != nil {
		return nil, err
	}
	p, err := s.filePath(id, dir, name)
	if err != nil {
		return nil, err
	}
	if _, err := s.Get(ctx, id); err != nil {
		return nil, err
	}
	return s.db.d.Tree(domain.Owner).Stat(p)
}

// Files are all of a thing's files in a folder, by name.
func (s *Set) Files(ctx context.Context, id, dir string) ([]*domain.Object, error) {
	p, err := s.filePath(id, dir, "")
	if err != nil {
		return nil, err
	}
	if _, err := s.Get(ctx, id); err != nil {
		return nil, err
	}
	return s.listFiles(p)
}

func (s *Set) listFiles(p domain.Path) (out []*domain.Object, err error) {
	list, err := s.db.d.Tree(domain.Owner).List(p)
	if domain.CodeOf(err) == "e.io.obj.noexists" {
		return nil, nil
	}
	for _, o := range list {
		if o.Race == domain.FILE && !strings.HasPrefix(o.Name, ".") {
			out = append(out, o)
		}
	}
	return out, err
}

// AddFile gives a thing a file. It appears whole: a reader sees the old one or
// the new one. More bytes than allowed, or more files, are e.io.toolarge.
func (s *Set) AddFile(ctx context.Context, id string, o FileOptions, r io.Reader) (*domain.Object, error) {
	if s.plain {
		return nil, domain.E("e.cmd.arg", domain.Text{ZH: "普通记录集的记录没有文件", EN: "records of a plain set have no files"})
	}
	to, err := s.filePath(id, o.Dir, o.Name)
	if err == nil {
		err = CheckFileName(o.Name)
	}
	if err != nil {
		return nil, err
	}
	there, err := s.Files(ctx, id, o.Dir)
	if err != nil {
		return nil, err
	}
	if most := s.Schema().fileCount; len(there) >= most && !hasFile(there, o) {
		return nil, domain.E("e.io.toolarge", domain.Textf("每条数据在 %[2]v 中最多 %[1]v 个文件", "a thing has at most %v files in %v", most, o.Dir))
	}
	if o.Max <= 0 || o.Max > s.Schema().fileMax {
		o.Max = s.Schema().fileMax
	}
	add := s.addNew
	if o.Overwrite {
		add = s.replaceFile
	}
	if to, err = add(to, o, r); err != nil {
		return nil, err
	}
	return s.noteFile(ctx, id, o.Dir, to)
}

func hasFile(list []*domain.Object, o FileOptions) bool {
	for _, f := range list {
		if f.Name == o.Name {
			return o.Overwrite
		}
	}
	return false
}

// fillFile writes a file of bounded length.
func (s *Set) fillFile(p domain.Path, o FileOptions, r io.Reader) error {
	w, err := s.db.d.Tree(domain.Owner).Create(p)
	if err != nil {
		return err
	}
	defer w.Close()
	n, err := io.Copy(w, io.LimitReader(r, o.Max+1))
	if err == nil && n > o.Max {
		err = domain.E("e.io.toolarge", domain.Textf("文件最多 %v 字节", "a file has at most %v bytes", o.Max))
	}
	if err != nil {
		return err
	}
	return w.Commit()
}

func (s *Set) replaceFile(to domain.Path, o FileOptions, r io.Reader) (domain.Path, error) {
	return to, s.fillFile(to, o, r)
}

// addNew writes under a name that nobody sees, and renames it to one that is free.
func (s *Set) addNew(to domain.Path, o FileOptions, r io.Reader) (domain.Path, error) {
	tree := s.db.d.Tree(domain.Owner)
	if _, err := tree.Stat(to); err == nil && o.Rename == "" {
		return "", domain.E("e.io.obj.exists", o.Name)
	}
	tmp := to.Dir() + "/" + domain.Path(domain.DraftName())
	if err := s.fillFile(tmp, o, r); err != nil {
		return "", err
	}
	for nb := 0; ; nb++ {
		name := o.Name
		if nb > 0 {
			name = renamed(o.Rename, o.Name, nb)
		}
		at, err := to.Dir().Join(name)
		if e := CheckFileName(name); err == nil {
			err = e
		}
		if err == nil {
			err = tree.Rename(tmp, at)
		}
		if err == nil {
			return at, nil
		}
		if domain.CodeOf(err) != "e.io.obj.exists" || o.Rename == "" || nb > 10*s.Schema().fileCount {
			_ = tree.Remove(tmp, false) // the error before says more
			return "", err
		}
	}
}

// renamed fills a pattern for the nb-th file of a name. One without {nb} gets it at
// the end of its major part.
func renamed(pattern, name string, nb int) string {
	major, suffix := name, ""
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		major, suffix = name[:i], name[i:]
	}
	if !strings.Contains(pattern, "{nb}") {
		pattern = "{major}({nb}){suffix}"
	}
	return strings.NewReplacer("{major}", major, "{nb}", strconv.Itoa(nb), "{suffix}", suffix).Replace(pattern)
}

// noteFile gives a new file its id and the record its list.
func (s *Set) noteFile(ctx context.Context, id, dir string, p domain.Path) (*domain.Object, error) {
	tree := s.db.d.Tree(domain.Owner)
	_, err := tree.AssignID(p)
	if err == nil {
		err = s.syncFiles(ctx, id, dir)
	}
	if domain.CodeOf(err) == "e.thing.noexists" { // it went meanwhile, for good
		_ = tree.Remove(s.Data(id), true)
	}
	if err != nil {
		return nil, err
	}
	return tree.Stat(p)
}

// DeleteFiles removes files of a thing. One that is not there is e.io.obj.noexists,
// and none goes.
func (s *Set) DeleteFiles(ctx context.Context, id, dir string, names ...string) error {
	names = distinct(names)
	paths := make([]domain.Path, len(names))
	for i, name := range names {
		o, err := s.File(ctx, id, dir, name)
		if err != nil {
			return err
		}
		paths[i] = o.Path
	}
	var first error
	for _, p := range paths {
		err := s.db.d.Tree(domain.Owner).Remove(p, false)
		if first == nil && domain.CodeOf(err) != "e.io.obj.noexists" { // somebody else was faster
			first = err
		}
	}
	if err := s.syncFiles(ctx, id, dir); err != nil {
		return err
	}
	return first
}
