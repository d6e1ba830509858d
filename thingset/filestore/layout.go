package filestore

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/caryahq/carya/domain/relaxed"
)

// indent is how records are printed for people.
const indent = "  "

// recordDir is where a set's records lie.
func recordDir(set string, plain bool) string {
	if plain {
		return set
	}
	return set + "/index"
}

// recordFile is a record's file.
func recordFile(set, id string, plain bool) string {
	if plain {
		return set + "/" + id
	}
	return set + "/index/" + id + ".json"
}

// recordID is the id that a file's name stands for; ok is false for a file that
// is no record: dot files, leftovers, kept conflicts.
func recordID(name string, plain bool) (id string, ok bool) {
	if strings.HasPrefix(name, ".") || strings.Contains(name, ".conflict-") {
		return "", false
	}
	if plain {
		return name, true
	}
	return strings.CutSuffix(name, ".json")
}

// recordText is a record as its file holds it.
func recordText(body []byte) []byte {
	return append(relaxed.AppendIndent(nil, body, indent), '\n')
}

// writeFile writes a file by way of a temporary one beside it. sync makes it
// durable at once.
func writeFile(files *os.Root, name string, data []byte, mode fs.FileMode, sync bool) (err error) {
	tmp := path.Join(path.Dir(name), ".tmp-"+path.Base(name))
	f, err := files.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if errors.Is(err, fs.ErrNotExist) {
		if err = files.MkdirAll(path.Dir(name), 0o755); err != nil {
			return err
		}
		f, err = files.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil && sync {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = files.Rename(tmp, name)
	}
	if err != nil {
		files.Remove(tmp)
		return err
	}
	if sync {
		return syncDir(files, path.Dir(name))
	}
	return nil
}

// syncDir makes the names in a folder durable.
func syncDir(files *os.Root, dir string) error {
	f, err := files.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// syncAll makes everything that was written below a folder durable.
func syncAll(files *os.Root) error {
	f, err := files.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Syncfs(int(f.Fd()))
}
