package domain

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/caryahq/carya/domain/grant"
)

// Root is a directory of domains. All methods may be called at once from many
// goroutines.
type Root struct {
	dir     string
	opt     RootOptions
	files   *os.Root
	lock    *os.File // nil when shared
	key     []byte
	notify  notifier
	folders folders

	operator *grant.Book

	mu     sync.RWMutex
	slots  map[string]*slot
	closed bool
	quit   chan struct{}
	idle   sync.WaitGroup
}

// RootOptions are a root's settings; the zero value is good.
type RootOptions struct {
	// Shared opens without the lock and sweeps nothing: for looking on
	// beside another process that holds the lock.
	Shared bool

	// OnOpen runs once when a domain has been opened, before anybody gets
	// it; its error fails the opening. It must not ask the root for that
	// domain. OnClose runs before a domain is closed, also after an OnOpen
	// that failed.
	OnOpen  func(*Domain) error
	OnClose func(*Domain)

	// Idle closes a domain that nobody has used for that long; 0 is 10
	// minutes, negative is never.
	Idle time.Duration

	// WatchDirs bounds the directories that are watched per domain; 0 is
	// 4,096, negative watches none. Beyond it times are compared, every
	// Poll (0 is 500 ms).
	WatchDirs int
	Poll      time.Duration

	Log *slog.Logger // nil is slog.Default()
}

func (o RootOptions) withDefaults() RootOptions {
	if o.Idle == 0 {
		o.Idle = 10 * time.Minute
	}
	if o.WatchDirs == 0 {
		o.WatchDirs = 4096
	}
	if o.Poll <= 0 {
		o.Poll = 500 * time.Millisecond
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// OpenRoot opens a directory of domains, takes its lock and reads (or makes)
// its secret key. A root that another process holds is e.domain.locked; the
// detail names the holder's pid. The directory is made when it is missing,
// unless the root is opened Shared.
func OpenRoot(dir string, o RootOptions) (*Root, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, Wrap(err, "e.internal", Text{ZH: "根目录", EN: "root"})
	}
	r := &Root{dir: abs, opt: o.withDefaults(), slots: map[string]*slot{}, quit: make(chan struct{})}
	if err := r.open(); err != nil {
		r.release()
		return nil, err
	}
	r.notify.root = r
	r.startIdle()
	return r, nil
}

func (r *Root) open() (err error) {
	if !r.opt.Shared {
		if err := os.MkdirAll(r.dir, 0o755); err != nil {
			return Wrap(err, "e.internal", Text{ZH: "创建根目录", EN: "make the root"})
		}
	}
	if r.files, err = os.OpenRoot(r.dir); err != nil {
		return Wrap(err, "e.internal", Text{ZH: "打开根目录", EN: "open the root"})
	}
	if err := r.makeServerDir(); err != nil {
		return Wrap(err, "e.internal", Text{ZH: "创建 .carya", EN: "make .carya"})
	}
	if !r.opt.Shared {
		if r.lock, err = takeLock(r.files); err != nil {
			return err
		}
		r.sweepServerDir()
	}
	r.operator = grant.Open(r.files, operatorPath, r.opt.Log)
	r.key, err = loadKey(r.files)
	return err
}

// serverDir is the server's own folder, closed to everybody else.
const serverDir = ".carya"

func (r *Root) makeServerDir() error {
	err := r.files.Mkdir(serverDir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return unlessReadOnly(r.files.Chmod(serverDir, 0o700))
	}
	return err
}

// unlessReadOnly is err unless it is that of a read-only file system, where a root
// can be looked at as it is.
func unlessReadOnly(err error) error {
	if errors.Is(err, syscall.EROFS) {
		return nil
	}
	return err
}

// sweepServerDir removes the beginnings of domains and keys that a crash left.
// Whoever made them is gone: we hold the lock.
func (r *Root) sweepServerDir() {
	f, err := r.files.Open(serverDir)
	if err != nil {
		return
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	for _, name := range names {
		if strings.HasPrefix(name, newPrefix) || strings.HasPrefix(name, "secret.key.") || strings.HasPrefix(name, "operator.json.") {
			if err := r.files.RemoveAll(serverDir + "/" + name); err != nil {
				r.opt.Log.Warn("sweep", "path", name, "err", err)
			}
		}
	}
}

// Dir is the root's absolute path on the machine.
func (r *Root) Dir() string { return r.dir }

// TempDir is the path of the folder for temporary files, a folder of each domain in it; it
// may have to be made.
func (r *Root) TempDir() string { return filepath.Join(r.dir, serverDir, "tmp") }

// Names lists the domains, sorted: the folders whose name may be a domain's.
func (r *Root) Names() ([]string, error) {
	f, err := r.files.Open(".")
	if err != nil {
		return nil, ioError(err, "")
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err != nil {
		return nil, ioError(err, "")
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() && CheckName(e.Name()) == nil {
			out = append(out, e.Name())
		}
	}
	slices.Sort(out)
	return out, nil
}

// Close closes all domains and gives the lock back. The Root and its domains
// are of no use afterwards.
func (r *Root) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	slots := r.slots
	r.mu.Unlock()
	close(r.quit)
	r.idle.Wait()
	var errs []error
	for _, s := range slots {
		errs = append(errs, s.shut())
	}
	r.notify.close()
	r.folders.close()
	return errors.Join(append(errs, r.release())...)
}

// release gives back what open took.
func (r *Root) release() error {
	var errs []error
	if r.files != nil {
		errs = append(errs, r.files.Close())
	}
	if r.lock != nil {
		errs = append(errs, giveLock(r.lock))
	}
	return errors.Join(errs...)
}
