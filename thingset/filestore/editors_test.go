package filestore

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/caryahq/carya/thingset"
)

// watching has the system tell about folders, as the server does.
func (h *hand) watching(o *Options) {
	o.Watch = func(dom, dir string, f func(name string)) (func(), error) {
		w, err := fsnotify.NewBufferedWatcher(1024)
		if err != nil {
			return nil, err
		}
		folder := filepath.Join(h.top, dom, dir)
		if err := w.Add(folder); err != nil {
			w.Close()
			return nil, err
		}
		go func() {
			for ev := range w.Events {
				if ev.Name == folder {
					f("")
				} else {
					f(filepath.Base(ev.Name))
				}
			}
		}()
		return func() { w.Close() }, nil
	}
}

// typing is what an editor does to files, call by call.
type typing struct {
	t    *testing.T
	name string // the file that is edited
	text []byte
}

func (e typing) ok(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

// beside is another name in the same folder.
func (e typing) beside(prefix, suffix string) string {
	return filepath.Join(filepath.Dir(e.name), prefix+filepath.Base(e.name)+suffix)
}

// write writes a file in two parts, with another call between.
func (e typing) write(name string, flag int, between func(f *os.File)) {
	f, err := os.OpenFile(name, os.O_WRONLY|flag, 0o600)
	e.ok(err)
	half := len(e.text) / 2
	_, err = f.Write(e.text[:half])
	e.ok(err)
	if between != nil {
		between(f)
	}
	_, err = f.Write(e.text[half:])
	e.ok(err)
	e.ok(f.Sync())
	e.ok(f.Close())
}

const anew = os.O_CREATE | os.O_EXCL

// editors save a file as those programs do, as strace shows them.
var editors = map[string]func(e typing){
	"vim": func(e typing) {
		swap := e.beside(".", ".swp")
		e.ok(os.WriteFile(swap, []byte("b0VIM"), 0o600))
		probe := filepath.Join(filepath.Dir(e.name), "4913")
		e.ok(os.WriteFile(probe, nil, 0o600))
		e.ok(os.Remove(probe))
		e.ok(os.Rename(e.name, e.name+"~"))
		e.write(e.name, anew, nil)
		e.ok(os.Chmod(e.name, 0o600))
		e.ok(os.Remove(e.name + "~"))
		e.ok(os.Remove(swap))
	},
	"vim, backupcopy=yes": func(e typing) {
		old, err := os.ReadFile(e.name)
		e.ok(err)
		e.ok(os.WriteFile(e.name+"~", old, 0o600))
		e.write(e.name, os.O_TRUNC, nil)
		e.ok(os.Remove(e.name + "~"))
	},
	"nano": func(e typing) { e.write(e.name, os.O_TRUNC, nil) },
	"nano -B": func(e typing) {
		old, err := os.ReadFile(e.name)
		e.ok(err)
		e.ok(os.WriteFile(e.name+"~", old, 0o600))
		e.write(e.name, os.O_TRUNC, nil)
	},
	"VS Code": func(e typing) {
		f, err := os.OpenFile(e.name, os.O_RDWR, 0)
		e.ok(err)
		e.ok(f.Truncate(0))
		e.ok(f.Close())
		e.write(e.name, 0, func(*os.File) { time.Sleep(5 * time.Millisecond) }) // it writes from another thread
	},
	"sed -i": func(e typing) {
		tmp := filepath.Join(filepath.Dir(e.name), "sedAb12Cd")
		e.write(tmp, anew, nil)
		e.ok(os.Rename(tmp, e.name))
	},
	"emacs": func(e typing) {
		lock := e.beside(".#", "")
		e.ok(os.Symlink("somebody@host.1:2", lock))
		e.ok(os.WriteFile(e.beside("#", "#"), e.text, 0o600)) // it saves by itself
		e.ok(os.Rename(e.name, e.name+"~"))
		e.write(e.name, anew, nil)
		e.ok(os.Remove(e.beside("#", "#")))
		e.ok(os.Remove(lock))
	},
	"rsync": func(e typing) {
		tmp := e.beside(".", ".Xy12Zw")
		e.write(tmp, anew, nil)
		e.ok(os.Chtimes(tmp, time.Now(), time.Now().Add(-time.Hour)))
		e.ok(os.Rename(tmp, e.name))
	},
	"git checkout": func(e typing) {
		e.ok(os.Remove(e.name))
		e.write(e.name, anew, nil)
	},
	"a shell": func(e typing) {
		e.ok(os.Truncate(e.name, 0))
		for _, part := range []int{0, 1} {
			half := len(e.text) / 2
			f, err := os.OpenFile(e.name, os.O_WRONLY|os.O_APPEND, 0)
			e.ok(err)
			_, err = f.Write(e.text[part*half : half+part*(len(e.text)-half)])
			e.ok(err)
			e.ok(f.Close())
		}
	},
}

// leftBehind are files that editors leave on purpose.
func leftBehind(name string) bool { return strings.HasSuffix(name, "~") }

// Whatever an editor does, its edit counts once, nothing is told, and nothing of what it
// makes beside becomes a record, also when a commit is being flushed meanwhile.
func TestEditorsSaveOnce(t *testing.T) {
	t.Parallel()
	for name, save := range editors {
		for _, plain := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, plain %t", name, plain), func(t *testing.T) {
				t.Parallel()
				h := newHand(t, thingset.Def{Plain: plain})
				h.reopen(h.watching)
				file := h.file("r0")
				if plain {
					file = filepath.Join(h.top, "demo/set/r0")
				}
				h.put("r0", `,"n":0,"lm":1`)
				h.until("it has its file", func() bool { _, err := os.Stat(file); return err == nil })
				for n := 1; n <= 2; n++ {
					from, err := h.s.Commit(t.Context(), "demo", nil)
					h.ok(err)
					other := fmt.Sprint("other", n)
					h.put(other, `,"n":7`)
					save(typing{t, file, fmt.Appendf(nil, `{"id":"r0","n":%d,"lm":1}`+"\n", n)})
					h.until("the edit counts", func() bool { return h.get("r0") == fmt.Sprint(n) })
					h.put("last", fmt.Sprintf(`,"n":%d`, n))
					h.until("all is settled", func() bool { return len(verify(t, h.top, false)) == 0 })
					var told []string
					for c, err := range h.s.Changes(t.Context(), "demo", from) {
						h.ok(err)
						if told = append(told, c.ID); c.ID == "last" {
							break
						}
					}
					if slices.Sort(told); !slices.Equal(told, []string{"last", other, "r0"}) {
						t.Errorf("these changed: %v", told)
					}
				}
				if list := h.told(); len(list) > 0 {
					t.Errorf("told %q", list)
				}
				names, err := os.ReadDir(filepath.Dir(file))
				h.ok(err)
				for _, e := range names {
					id, ok := ownID(e.Name(), plain)
					if ok && h.get(id) == "-" || !ok && !leftBehind(e.Name()) && !strings.Contains(e.Name(), "pack-") {
						t.Errorf("%s is left", e.Name())
					}
				}
				if n, err := h.s.Count(t.Context(), "demo", "set"); err != nil || n != 4 {
					t.Errorf("%d records, %v", n, err)
				}
			})
		}
	}
}
