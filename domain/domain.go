package domain

import (
	"hash/maphash"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Domain is one open domain: its tree and what the rooms above keep with it.
// All methods may be called at once from many goroutines.
type Domain struct {
	root  *Root
	name  string
	files *os.Root
	info  os.FileInfo // of its folder: tells a replaced one
	token string      // in the names of this opening's temporary files
	temps atomic.Uint64
	trees [2]Tree

	last   atomic.Int64 // see idle.go
	refs   atomic.Int64
	values sync.Map

	mu        sync.RWMutex
	resolvers []func(id string) (Path, bool)
	keepers   []Keeper

	lockers
	initing sync.Mutex // one init script at a time

	conf       configState
	cache      cache
	ids        idIndex
	watch      watchState
	background sync.WaitGroup
	quit       chan struct{}
}

// dotDomain is the folder of the server's own data inside a domain.
const dotDomain = ".domain"

func openDomain(r *Root, name string) (*Domain, error) {
	files, err := r.files.OpenRoot(name)
	if err != nil {
		return nil, E("e.domain.noexists", name)
	}
	info, err := files.Stat(".")
	if err != nil {
		files.Close()
		return nil, Wrap(err, "e.internal", Textf("打开域 %v", "open domain %v", name))
	}
	d := &Domain{root: r, name: name, files: files, info: info, token: NewID(), quit: make(chan struct{})}
	d.trees = [2]Tree{{d, API}, {d, Owner}}
	d.conf.d, d.ids.d, d.watch.d = d, d, d
	d.seed = maphash.MakeSeed()
	d.last.Store(time.Now().UnixNano())
	return d, nil
}

// close runs OnClose, stops the watching and gives the folder back.
func (d *Domain) close() error {
	if f := d.root.opt.OnClose; f != nil {
		f(d)
	}
	d.last.Store(closedMark)
	close(d.quit)
	d.watch.close()
	d.root.folders.leave(d)
	d.background.Wait()
	return d.files.Close()
}

// Name is the domain's name: its folder's below the root.
func (d *Domain) Name() string { return d.name }

// Dir is the folder's absolute path on the machine, for engines that open
// their own files in it. Nothing that a caller sent may be joined to it:
// that is what Files is for.
func (d *Domain) Dir() string { return filepath.Join(d.root.dir, d.name) }

// TempDir is the path of a folder for the domain's temporary files, which may have to be
// made. Whatever is in it goes when a server starts.
func (d *Domain) TempDir() string { return filepath.Join(d.root.TempDir(), d.name) }

// Files is the folder as an os.Root, for engines. It is closed with the domain.
func (d *Domain) Files() *os.Root { return d.files }

// Root is where the domain lies.
func (d *Domain) Root() *Root { return d.root }

// Tree is the domain's tree as a principal sees it.
func (d *Domain) Tree(who Principal) *Tree {
	if who == Owner {
		return &d.trees[1]
	}
	return &d.trees[0]
}

// Put keeps a value with the domain for as long as it is open, as a room's own
// state; the key is of a type of that room.
func (d *Domain) Put(key, value any) { d.values.Store(key, value) }

// Value is what Put kept, nil when nothing.
func (d *Domain) Value(key any) any {
	v, _ := d.values.Load(key)
	return v
}

// ValueOr is what is kept under a key; when nothing is, make's value is kept. Of
// several callers at once all get the same one.
func (d *Domain) ValueOr(key any, make func() any) any {
	if v, ok := d.values.Load(key); ok {
		return v
	}
	v, _ := d.values.LoadOrStore(key, make())
	return v
}

// AddResolver adds somebody who knows further ids (things). Resolvers are
// asked in order after the tree's own ids.
func (d *Domain) AddResolver(f func(id string) (Path, bool)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.resolvers = append(slices.Clip(d.resolvers), f)
}

// Log is where what concerns the domain is logged.
func (d *Domain) Log() *slog.Logger { return d.log() }

func (d *Domain) log() *slog.Logger { return d.root.opt.Log }

// isClosing tells background work to end.
func (d *Domain) isClosing() bool {
	select {
	case <-d.quit:
		return true
	default:
		return false
	}
}
