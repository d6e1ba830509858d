package history

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

// maxLine bounds one record, in bytes.
const maxLine = 64 << 10

// syncAfter is how long a line may be written but not yet on the disk.
const syncAfter = time.Second

// book is the files of one history.
type book struct {
	of   *Books
	name string
	dir  domain.Path

	mu     sync.Mutex
	file   *os.File // nil: none is open
	info   fs.FileInfo
	day    string
	size   int64
	looked time.Time // when the file was last seen in its place
	timer  *time.Timer
}

// Add keeps a record, a JSON object, and gives it as it is stored: with an id
// and the time, ct (ms). Members that may hold secrets are left out. With
// keep > 0 it goes after that time.
func (b *Books) Add(name string, record []byte, keep time.Duration) ([]byte, error) {
	k, err := b.book(name)
	if err != nil {
		return nil, err
	}
	line := b.line(record, keep)
	if len(line) > maxLine {
		return nil, domain.E("e.io.toolarge", domain.Text{ZH: "一条记录最多 64 KiB", EN: "a record holds at most 64 KiB"})
	}
	k.mu.Lock()
	err = k.append(line)
	k.mu.Unlock()
	if err != nil {
		return nil, err
	}
	line = line[: len(line)-1 : len(line)-1]
	b.forward.offer(name, line)
	return line, nil
}

// line is a record as it is stored, with its line's end.
func (b *Books) line(record []byte, keep time.Duration) []byte {
	now := b.now()
	line := make([]byte, 0, len(record)+80)
	line = append(line, `{"id":"`+domain.NewID()+`","ct":`...)
	line = strconv.AppendInt(line, now.UnixMilli(), 10)
	gjson.ParseBytes(record).ForEach(func(key, value gjson.Result) bool {
		if name := key.String(); !isSecret(name) && name != "id" && name != "ct" && name != "expi" {
			line = relaxed.AppendString(append(line, ','), name)
			line = append(append(line, ':'), value.Raw...)
		}
		return true
	})
	if keep > 0 {
		line = strconv.AppendInt(append(line, `,"expi":`...), now.Add(keep).UnixMilli(), 10)
	}
	return append(line, '}', '\n')
}

// isSecret reports whether a member must not be kept.
func isSecret(key string) bool {
	switch strings.ToLower(key) {
	case "passwd", "password", "oldpwd", "newpwd", "salt", "ticket", "vcode", "captcha", "token":
		return true
	}
	return strings.HasPrefix(key, "__")
}

// append writes a line at the end of today's file.
func (k *book) append(line []byte) error {
	now := k.of.now()
	if err := k.ready(now, int64(len(line))); err != nil {
		return domain.Wrap(err, "e.internal", domain.Textf("历史 %v", "history %v", k.name))
	}
	n, err := k.file.Write(line)
	k.size += int64(n)
	if err != nil {
		return domain.Wrap(errors.Join(err, k.closeFile()), "e.internal", domain.Textf("历史 %v", "history %v", k.name))
	}
	if k.timer == nil {
		k.timer = time.AfterFunc(syncAfter, k.sync)
	}
	return nil
}

func (k *book) sync() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.timer = nil
	if k.file != nil {
		if err := k.file.Sync(); err != nil {
			k.of.d.Log().Error("history", "domain", k.of.d.Name(), "history", k.name, "err", err)
		}
	}
}

// ready sees to it that the open file is today's, has room, and is still there.
func (k *book) ready(now time.Time, more int64) error {
	day := now.UTC().Format(time.DateOnly)
	if k.file != nil && k.day == day && k.size+more <= k.of.conf().size {
		if now.Sub(k.looked).Abs() < time.Second {
			return nil
		}
		k.looked = now
		if at, err := k.of.d.Files().Stat(k.path(k.file.Name())); err == nil && os.SameFile(at, k.info) {
			return nil
		}
	}
	fresh := k.file == nil || k.day != day
	if err := k.closeFile(); err != nil {
		return err
	}
	if err := k.open(day, more); err != nil {
		return err
	}
	k.looked = now
	if fresh {
		k.clean(now)
	}
	return nil
}

// path is a file of the book below the domain's folder.
func (k *book) path(file string) string {
	return string(k.dir) + "/" + file[strings.LastIndexByte(file, '/')+1:]
}

// open opens the last file of a day, or begins the next one when that is full.
func (k *book) open(day string, more int64) error {
	if err := k.of.d.Tree(domain.Owner).Mkdir(k.dir); err != nil {
		return err
	}
	names, err := k.files()
	if err != nil {
		return err
	}
	n := 1
	if i := slices.IndexFunc(names, func(s string) bool { return strings.HasPrefix(s, day) }); i >= 0 {
		for _, name := range names[i:] {
			fmt.Sscanf(name, day+"-%d", &n)
		}
	}
	for ; ; n++ {
		f, err := k.of.d.Files().OpenFile(k.path(fmt.Sprintf("%s-%04d.jsonl", day, n)), os.O_RDWR|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK, 0o600)
		if errors.Is(err, syscall.EISDIR) {
			continue
		}
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err != nil {
			return errors.Join(err, f.Close())
		}
		if !info.Mode().IsRegular() || info.Size() > 0 && info.Size()+more > k.of.conf().size {
			f.Close()
			continue
		}
		k.file, k.info, k.day, k.size = f, info, day, info.Size()
		return k.mend()
	}
}

// mend ends a line that a crash cut off, so that the next one is whole.
func (k *book) mend() error {
	if k.size == 0 {
		return nil
	}
	last := make([]byte, 1)
	if _, err := k.file.ReadAt(last, k.size-1); err != nil || last[0] == '\n' {
		return err
	}
	k.size++
	_, err := k.file.Write([]byte{'\n'})
	return err
}

// files are the names of the book's files, oldest first.
func (k *book) files() ([]string, error) {
	entries, err := fs.ReadDir(k.of.d.FS(), string(k.dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, ".jsonl") && len(name) >= len(time.DateOnly) && e.Type()&^fs.ModeSymlink == 0 {
			names = append(names, name)
		}
	}
	return names, err
}

// read is a file of the book.
func (k *book) read(path string) ([]byte, error) {
	return domain.ReadFile(k.of.d.Files(), domain.Path(path), maxSize+maxLine)
}

// closeFile syncs and closes the open file.
func (k *book) closeFile() error {
	if k.timer != nil {
		k.timer.Stop()
		k.timer = nil
	}
	if k.file == nil {
		return nil
	}
	f := k.file
	k.file = nil
	return errors.Join(f.Sync(), f.Close())
}
