package filestore

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
)

// Fault is something wrong on disk. Offset is bytes into the file, -1 when the
// whole of it is meant.
type Fault struct {
	File     string // from the domain's folder
	Offset   int64
	Msg      string
	Repaired bool
}

func (f Fault) String() string {
	s := "~/" + f.File
	if f.Offset >= 0 {
		s += fmt.Sprintf(" at offset %d", f.Offset)
	}
	if f.Repaired {
		return s + ": " + f.Msg + " (repaired)"
	}
	return s + ": " + f.Msg
}

// Verify reads a domain's journal and records and reports what is wrong. The
// domain must not be open. With repair, damaged journal segments and broken records are
// set aside under a name that the report gives; nothing is dropped.
func Verify(dir string, repair bool, report func(Fault)) error {
	files, err := os.OpenRoot(dir)
	if err != nil {
		return domain.Wrap(err, "e.domain.noexists", dir)
	}
	defer files.Close()
	v := verifier{files, repair, report}
	if err := v.journal(); err != nil {
		return err
	}
	return v.records()
}

type verifier struct {
	files  *os.Root
	repair bool
	report func(Fault)
}

// journal verifies every segment.
func (v verifier) journal() error {
	j := &journal{files: v.files}
	list, err := j.segments()
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return domain.Wrap(err, "e.store.damaged", journalDir)
	}
	for i, n := range list {
		if err := v.segment(n, i == len(list)-1); err != nil {
			return err
		}
	}
	return nil
}

// segment verifies one segment. A torn tail of the last one is no fault: it
// is cut off at open.
func (v verifier) segment(n int, last bool) error {
	data, err := v.files.ReadFile(segment(n))
	if err != nil {
		return err
	}
	good, err := readFrames(data, func(thingset.Rev, []write) {})
	if err == nil && (last || good == len(data)) {
		return nil
	}
	f := Fault{File: segment(n), Offset: int64(good), Msg: "the journal is damaged"}
	if v.repair {
		kept := fmt.Sprintf("%s/damaged-%d.log.kept", journalDir, n)
		if err := writeFile(v.files, kept, data, 0o600, true); err != nil {
			return err
		}
		if err := writeFile(v.files, segment(n), wholeFrames(data), 0o600, true); err != nil {
			return err
		}
		f.Msg += "; the whole segment is kept as ~/" + kept + ", its whole frames go on"
		f.Repaired = true
	}
	v.report(f)
	return nil
}

// wholeFrames are the frames of a damaged segment that fit their checksums.
func wholeFrames(data []byte) []byte {
	var out []byte
	for i := 0; i < len(data); {
		if _, _, n := readFrame(data[i:]); n > 0 {
			out = append(out, data[i:i+n]...)
			i += n
		} else {
			i++
		}
	}
	return out
}

// records verifies the records of every set.
func (v verifier) records() error {
	return fs.WalkDir(v.files.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			if name == journalDir || name == ".domain/outbox" {
				return fs.SkipDir
			}
			return nil
		}
		plain, ok := isRecord(name)
		if !ok || !e.Type().IsRegular() {
			return nil
		}
		return v.record(name, plain)
	})
}

// isRecord tells a record's file by its place.
func isRecord(name string) (plain, ok bool) {
	dir := path.Dir(name)
	for _, set := range []string{".domain/session/", ".domain/captcha/", ".domain/guess"} {
		if strings.HasPrefix(dir, set) {
			_, ok = recordID(path.Base(name), true)
			return true, ok
		}
	}
	if path.Base(dir) == "index" && strings.HasSuffix(name, ".json") {
		_, ok = recordID(path.Base(name), false)
		return false, ok
	}
	return false, false
}

// record verifies one record.
func (v verifier) record(name string, plain bool) error {
	text, err := v.files.ReadFile(name)
	if err != nil {
		return err
	}
	id, _ := recordID(path.Base(name), plain)
	body, err := relaxed.ToJSON(string(text))
	msg := ""
	if err != nil {
		msg = "not JSON: " + err.Error()
	} else if got := gjson.GetBytes(body, "id").String(); got != id {
		msg = fmt.Sprintf("the record's id is %q", got)
	}
	if msg == "" {
		return nil
	}
	f := Fault{File: name, Offset: -1, Msg: msg}
	if v.repair {
		kept := path.Dir(name) + "/." + path.Base(name) + ".broken"
		if err := v.files.Rename(name, kept); err != nil {
			return err
		}
		f.Msg += "; kept as ~/" + kept
		f.Repaired = true
	}
	v.report(f)
	return nil
}
