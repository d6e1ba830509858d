package filestore

import (
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/caryahq/carya/thingset/filestore/internal/disk"
)

// frailDisk is a folder of a real file system and what a power cut would leave of
// it. It lives through several lives of an engine: what one has not synced is not
// synced for the next. It can end (as kill -9 ends a process), refuse, and be cut off.
//
// The model: of a file's content that was not synced any blocks may be there, and zeros
// in the place of the others. A
// failed sync gives the blocks up: a later one does not bring them to the disk, unless
// they are written once more. Names (made, renamed, removed) are durable after the
// folder was synced; before, either the first so many changes of all names may be
// there, as file systems with a journal have it, or any of them. A rename is seen
// whole or not at all.
type frailDisk struct {
	dir string

	mu     sync.Mutex
	rnd    *rand.Rand
	left   int // changes until the end; negative: never
	dead   bool
	refuse int
	plan   func(c disk.Call) (done int, err error) // may refuse a call; nil: none

	now     map[string]*inode // files by path
	durable map[string]*inode
	folders map[string]bool // those that are durable
	pending []nameChange
}

// inode is a file, whatever it is called.
type inode struct {
	synced []byte
	lost   map[int]bool // blocks that a failed sync gave up
	last   []byte       // content, once it has no name any more
	gone   bool
}

// nameChange is a change of names that is not durable: to gets a file, from loses
// it, or gets the other one. An empty name is none.
type nameChange struct {
	from, to string
	file     *inode
	other    *inode // of an exchange: what to had
	folder   bool
	moves    bool // a folder with all that is in it
}

var errEnded, errRefused = errors.New("the disk has ended"), error(syscall.ENOSPC)

// newFrailDisk takes a folder as it is: all of it is durable.
func newFrailDisk(dir string, rnd *rand.Rand) *frailDisk {
	f := &frailDisk{dir: dir, left: -1, rnd: rand.New(rand.NewPCG(rnd.Uint64(), 2)), now: map[string]*inode{}, folders: map[string]bool{}}
	f.scan()
	f.syncAll()
	return f
}

// begin begins a life that ends after so many changes, or never.
func (f *frailDisk) begin(end int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead, f.left, f.refuse, f.plan = false, end, 0, nil
}

func (f *frailDisk) hook(c disk.Call) (done int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left == 0 {
		f.dead = true
	}
	if f.dead {
		return 0, errEnded
	}
	if f.plan != nil {
		if done, err := f.plan(c); err != nil {
			f.failed(c, done)
			return done, err
		}
	}
	if !c.Op.Changes() {
		return 0, nil
	}
	f.left--
	if f.refuse > 0 && f.rnd.IntN(f.refuse) == 0 {
		done = f.rnd.IntN(c.N + 1)
		f.failed(c, done)
		return done, errRefused
	}
	if f.left == 0 && c.Op == disk.Write {
		f.dead = true
		done = f.rnd.IntN(c.N + 1)
		return done, errEnded
	}
	return 0, f.note(c)
}

// note keeps what a call changes or makes durable. A sync needs not be made.
func (f *frailDisk) note(c disk.Call) error {
	name := path.Clean(c.Name)
	switch c.Op {
	case disk.Create:
		if f.now[name] == nil {
			f.change(nameChange{to: name, file: &inode{}})
		}
	case disk.Mkdir:
		f.change(nameChange{to: name, folder: true})
	case disk.Write:
		if file := f.now[name]; file != nil {
			for at := int(c.At) / blockSize * blockSize; at < int(c.At)+c.N; at += blockSize {
				delete(file.lost, at) // it is dirty again
			}
		}
	case disk.Rename:
		if fi, err := os.Lstat(filepath.Join(f.dir, c.From)); err == nil && fi.IsDir() {
			f.change(nameChange{from: path.Clean(c.From), to: name, moves: true})
		} else if file := f.now[path.Clean(c.From)]; file != nil {
			f.change(nameChange{from: path.Clean(c.From), to: name, file: file})
		}
	case disk.RenameNew:
		_, err := os.Lstat(filepath.Join(f.dir, name))
		if file := f.now[path.Clean(c.From)]; file != nil && err != nil {
			f.change(nameChange{from: path.Clean(c.From), to: name, file: file})
		}
	case disk.Exchange:
		file, other := f.now[path.Clean(c.From)], f.now[name]
		if file != nil && other != nil && file != other {
			f.change(nameChange{from: path.Clean(c.From), to: name, file: file, other: other})
		}
	case disk.RemoveAll:
		for inside, file := range maps.Clone(f.now) {
			if strings.HasPrefix(inside, name+"/") {
				f.change(nameChange{from: inside, file: file})
			}
		}
	case disk.Remove:
		if file := f.now[name]; file != nil {
			f.change(nameChange{from: name, file: file})
		}
	case disk.Sync:
		f.sync(name)
		return disk.ErrSkip
	case disk.SyncAll:
		f.syncAll()
		return disk.ErrSkip
	}
	return nil
}

// failed notes what a refused call leaves behind.
func (f *frailDisk) failed(c disk.Call, done int) {
	name := path.Clean(c.Name)
	switch c.Op {
	case disk.Sync:
		if file := f.now[name]; file != nil {
			f.giveUp(name, file)
		}
	case disk.SyncAll:
		for name, file := range f.now {
			if f.rnd.IntN(2) == 0 {
				f.giveUp(name, file)
			}
		}
	}
}

// giveUp has a later sync say that all is well though blocks never reach the disk.
func (f *frailDisk) giveUp(name string, file *inode) {
	now := f.content(name)
	for at := 0; at < len(now); at += blockSize {
		end := min(at+blockSize, len(now))
		if at >= len(file.synced) || string(now[at:end]) != string(file.synced[at:min(end, len(file.synced))]) {
			if file.lost == nil {
				file.lost = map[int]bool{}
			}
			file.lost[at] = true
		}
	}
}

// change notes a change of names.
func (f *frailDisk) change(c nameChange) {
	f.pending = append(f.pending, c)
	switch {
	case c.folder:
		return
	case c.moves:
		moveKeys(f.now, c.from, c.to)
		return
	case c.other != nil:
		f.now[c.from], f.now[c.to] = c.other, c.file
		return
	}
	if c.from != "" {
		if c.to == "" {
			c.file.leave(f.content(c.from))
		}
		delete(f.now, c.from)
	}
	if c.to != "" {
		if over := f.now[c.to]; over != nil && over != c.file {
			over.leave(f.content(c.to))
		}
		f.now[c.to] = c.file
	}
}

// leave keeps the content of a file that has lost its name.
func (i *inode) leave(data []byte) { i.last, i.gone = data, true }

// content reads a file without the poller of package os, which costs more than the rest.
func (f *frailDisk) content(name string) []byte {
	fd, err := syscall.Open(f.dir+"/"+name, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(fd)
	var fi syscall.Stat_t
	if err := syscall.Fstat(fd, &fi); err != nil || fi.Size == 0 {
		return nil
	}
	data := make([]byte, fi.Size)
	n, _ := syscall.Pread(fd, data, 0)
	return data[:max(n, 0)]
}

// sync makes a file's content durable, or the names in a folder.
func (f *frailDisk) sync(name string) {
	fi, err := os.Stat(filepath.Join(f.dir, name))
	if err != nil {
		return
	}
	if !fi.IsDir() {
		if file := f.now[name]; file != nil {
			file.keep(f.content(name))
		}
		return
	}
	var rest []nameChange
	for _, c := range f.pending {
		if c.to != "" && path.Dir(c.to) == name || c.from != "" && path.Dir(c.from) == name {
			if f.apply(c, f.durable, f.folders); c.from != "" && c.to != "" && !c.moves && c.other == nil {
				// That it was made under its first name is no change of its own any more.
				rest = slices.DeleteFunc(rest, func(made nameChange) bool { return made.to == c.from && made.from == "" && made.file == c.file })
			}
			if c.moves {
				for i := range rest { // they were made in the folder before it was moved
					rest[i].from, rest[i].to = moved(rest[i].from, c.from, c.to), moved(rest[i].to, c.from, c.to)
				}
			}
		} else {
			rest = append(rest, c)
		}
	}
	f.pending = rest
}

// keep takes content as synced, but for blocks that were given up.
func (i *inode) keep(data []byte) {
	data = slices.Clone(data)
	for at := range i.lost {
		if at >= len(data) {
			continue
		}
		block := data[at:min(at+blockSize, len(data))]
		clear(block)
		if at < len(i.synced) {
			copy(block, i.synced[at:])
		}
	}
	i.synced = data
}

// apply changes names.
func (f *frailDisk) apply(c nameChange, names map[string]*inode, folders map[string]bool) {
	switch {
	case c.folder:
		folders[c.to] = true
		return
	case c.moves:
		moveKeys(names, c.from, c.to)
		moveKeys(folders, c.from, c.to)
		return
	case c.other != nil:
		names[c.from], names[c.to] = c.other, c.file
		return
	case c.from != "" && (c.to == "" || names[c.from] == c.file):
		delete(names, c.from)
	}
	if c.to != "" {
		names[c.to] = c.file
	}
}

// moveKeys gives what lies at a path, and below it, another one.
func moveKeys[V any](m map[string]V, from, to string) {
	for name, v := range maps.Clone(m) {
		if now := moved(name, from, to); now != name {
			delete(m, name)
			m[now] = v
		}
	}
}

func moved(name, from, to string) string {
	if name == from || strings.HasPrefix(name, from+"/") {
		return to + name[len(from):]
	}
	return name
}

// syncAll makes everything durable.
func (f *frailDisk) syncAll() {
	for name, file := range f.now {
		file.keep(f.content(name))
	}
	f.durable, f.pending = maps.Clone(f.now), nil
	_ = filepath.WalkDir(f.dir, func(p string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			rel, _ := filepath.Rel(f.dir, p)
			f.folders[rel] = true
		}
		return nil
	})
}

// scan notes what somebody else has done to the folder: a person who edits.
func (f *frailDisk) scan() {
	there := map[string]bool{}
	_ = filepath.WalkDir(f.dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		rel, _ := filepath.Rel(f.dir, p)
		there[rel] = true
		if f.now[rel] == nil {
			f.change(nameChange{to: rel, file: &inode{}})
		}
		return nil
	})
	for name, file := range f.now {
		if !there[name] {
			f.change(nameChange{from: name, file: file})
		}
	}
}

// placed says that somebody has put files into a folder, or some of a name, and has
// made them durable.
func (f *frailDisk) placed(dir string, some ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for up := dir; up != "."; up = path.Dir(up) {
		f.folders[up] = true
	}
	f.scan()
	f.sync(dir)
	list, _ := os.ReadDir(filepath.Join(f.dir, dir))
	for _, e := range list {
		if name := dir + "/" + e.Name(); len(some) == 0 || slices.Contains(some, e.Name()) {
			file := &inode{synced: f.content(name)}
			f.now[name], f.durable[name] = file, file
		}
	}
}

// scanned is scan for others.
func (f *frailDisk) scanned() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scan()
}

// synced says that somebody else has written a file anew and synced it.
func (f *frailDisk) synced(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if file := f.now[name]; file != nil {
		file.lost = nil
	}
	f.sync(name)
}

func (f *frailDisk) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
}

func (f *frailDisk) endAfter(changes int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = changes
}

func (f *frailDisk) over() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

func (f *frailDisk) refuseEvery(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = n
}

// failWith has a plan refuse calls.
func (f *frailDisk) failWith(plan func(c disk.Call) (done int, err error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plan = plan
}

// afterPowerCut makes a folder as a disk may be found.
func (f *frailDisk) afterPowerCut(t *testing.T) (top string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scan()
	names, folders := maps.Clone(f.durable), maps.Clone(f.folders)
	first, ordered := f.rnd.IntN(len(f.pending)+1), f.rnd.IntN(2) == 0
	for i, c := range f.pending {
		if ordered && i < first || !ordered && f.rnd.IntN(2) == 0 {
			f.apply(c, names, folders)
		}
	}
	top = tempDir(t)
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		if reached(dir, folders) {
			if err := os.MkdirAll(filepath.Join(top, "demo", dir), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !reached(path.Dir(name), folders) {
			continue
		}
		if err := os.WriteFile(filepath.Join(top, "demo", name), f.found(name, names[name]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return top
}

// reached reports whether a folder and all above it are there.
func reached(dir string, folders map[string]bool) bool {
	for ; dir != "."; dir = path.Dir(dir) {
		if !folders[dir] {
			return false
		}
	}
	return true
}

// found is a file as it may be found: as synced, as it was, or with a part of
// what was appended and some blocks of what was written over.
func (f *frailDisk) found(name string, file *inode) []byte {
	now := file.last
	if !file.gone {
		now = f.content(f.nameOf(name, file))
	}
	switch f.rnd.IntN(3) {
	case 0:
		return file.synced
	case 1:
		return now
	}
	if len(now) < len(file.synced) {
		return file.synced
	}
	mixed := slices.Clone(now[:len(file.synced)+f.rnd.IntN(len(now)-len(file.synced)+1)])
	if f.rnd.IntN(2) == 0 { // the size is there, and not all blocks are
		mixed = slices.Clone(now)
	}
	for at := (len(file.synced) + blockSize - 1) / blockSize * blockSize; at < len(mixed); at += blockSize {
		if f.rnd.IntN(2) == 0 {
			clear(mixed[at:min(at+blockSize, len(mixed))])
		}
	}
	for at := 0; at < len(file.synced); at += blockSize {
		if f.rnd.IntN(2) == 0 {
			copy(mixed[at:], file.synced[at:min(at+blockSize, len(file.synced))])
		}
	}
	return mixed
}

// nameOf is what a file is called now, that a power cut may show by another name.
func (f *frailDisk) nameOf(name string, file *inode) string {
	if f.now[name] == file {
		return name
	}
	for other, one := range f.now {
		if one == file {
			return other
		}
	}
	return strings.TrimSuffix(name, "/")
}

// forget says that a folder was removed by somebody, durably.
func (f *frailDisk) forget(dir string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scan()
	var rest []nameChange
	for _, c := range f.pending {
		if !strings.HasPrefix(c.from, dir+"/") && !strings.HasPrefix(c.to, dir+"/") {
			rest = append(rest, c)
		}
	}
	f.pending = rest
	maps.DeleteFunc(f.durable, func(name string, _ *inode) bool { return strings.HasPrefix(name, dir+"/") })
	maps.DeleteFunc(f.folders, func(name string, _ bool) bool { return name == dir || strings.HasPrefix(name, dir+"/") })
}
