package domain

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// WatchDir calls f with the name of whatever changes directly in a folder: for
// engines, whose folders OnChange leaves out. An empty name means that the
// system lost track, or that the folder itself went. All such folders of a root
// share one line to the system, apart from OnChange's, and one goroutine: f must
// only take note and return. An error means that the system watches no more:
// then times must be compared.
//
// A folder has one watcher; it ends with stop or with the domain.
func (d *Domain) WatchDir(dir Path, f func(name string)) (stop func(), err error) {
	return d.root.folders.watch(d, dir, f)
}

// folders are the engines' folders that are watched.
type folders struct {
	mu     sync.Mutex
	events *fsnotify.Watcher
	byPath map[string]folder
	done   chan struct{}
}

// folder is one of them.
type folder struct {
	d *Domain
	f func(name string)
}

func (fs *folders) watch(d *Domain, dir Path, f func(name string)) (func(), error) {
	file := filepath.Join(d.Dir(), filepath.FromSlash(string(dir)))
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if err := fs.start(); err != nil {
		return nil, Wrap(err, "e.internal", Textf("监视 %v", "watch %v", dir))
	}
	_ = fs.events.Remove(file) // as in notifier.add
	if err := fs.events.Add(file); err != nil {
		return nil, ioError(err, dir)
	}
	fs.byPath[file] = folder{d, f}
	return func() {
		fs.mu.Lock()
		defer fs.mu.Unlock()
		if fs.byPath[file].d == d {
			fs.remove(file)
		}
	}, nil
}

func (fs *folders) start() (err error) {
	if fs.events != nil {
		return nil
	}
	if fs.events, err = fsnotify.NewBufferedWatcher(1024); err != nil {
		fs.events = nil
		return err
	}
	fs.byPath, fs.done = map[string]folder{}, make(chan struct{})
	go fs.loop(fs.events)
	return nil
}

func (fs *folders) remove(file string) {
	delete(fs.byPath, file)
	_ = fs.events.Remove(file) // it may be gone with its folder
}

// leave ends a domain's watches.
func (fs *folders) leave(d *Domain) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for file, one := range fs.byPath {
		if one.d == d {
			fs.remove(file)
		}
	}
}

func (fs *folders) loop(events *fsnotify.Watcher) {
	defer close(fs.done)
	for {
		select {
		case ev, ok := <-events.Events:
			if !ok {
				return
			}
			fs.dispatch(ev.Name)
		case err, ok := <-events.Errors:
			if !ok {
				return
			}
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				fs.lost()
			}
		}
	}
}

func (fs *folders) dispatch(file string) {
	dir, name := filepath.Split(file)
	if strings.HasPrefix(name, tempPrefix) {
		return
	}
	fs.mu.Lock()
	self, isSelf := fs.byPath[file]
	one, ok := fs.byPath[strings.TrimSuffix(dir, string(filepath.Separator))]
	fs.mu.Unlock()
	if isSelf {
		self.f("")
	}
	if ok {
		one.f(name)
	}
}

func (fs *folders) lost() {
	fs.mu.Lock()
	all := make([]folder, 0, len(fs.byPath))
	for _, one := range fs.byPath {
		all = append(all, one)
	}
	fs.mu.Unlock()
	for _, one := range all {
		one.f("")
	}
}

func (fs *folders) close() {
	fs.mu.Lock()
	events := fs.events
	fs.mu.Unlock()
	if events != nil {
		events.Close()
		<-fs.done
	}
}
