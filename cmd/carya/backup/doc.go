// Package backup writes a domain into one file and lays it out again.
//
// A backup is a tar archive (PAX) in a zstd frame:
//
//	header.json       {"format":"carya-backup","version":1,"domain","made"}
//	records/N.jsonl   a line {"set","plain"}, then one record a line
//	changes/N.jsonl   {"rev","set","id","body"}, a line a change; no body is a delete
//	files/PATH        the domain's files and folders
//	manifest.jsonl    {"name","len","sha256"} for each entry, in order, then
//	                  {"revision","entries","records","changes","sha256"}: the last
//	                  one is of the lines before
//
// Records are read while others write; the changes that came meanwhile follow
// them, and what is there when both have been applied in order is the domain at
// that one revision. Files are copied as they are found after it; where the last good
// version of one counts, because somebody broke it by hand, that version is saved, and
// the file beside it as .NAME.broken. Sessions, codes and the like are left out, as they
// must not come back. So is the feed of changes: the revisions of a restored domain
// begin far behind those of the saved one.
//
// No file of an archive lies where the engine keeps records: see places.
package backup

import (
	"slices"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

const (
	format  = "carya-backup"
	version = 1

	headerName   = "header.json"
	manifestName = "manifest.jsonl"
	recordsDir   = "records/"
	changesDir   = "changes/"
	filesDir     = "files/"
)

// Header is what a backup says of itself.
type Header struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	Domain  string    `json:"domain"`
	Made    time.Time `json:"made"`
}

// Done is what a backup holds.
type Done struct {
	Revision uint64 `json:"revision"` // of the domain that was saved
	Entries  int    `json:"entries"`  // of the archive
	Records  int    `json:"records"`
	Changes  int    `json:"changes"`
}

// summary is the manifest's last line.
type summary struct {
	Done
	SHA256 string `json:"sha256"`
}

// sumLine is a line of the manifest.
type sumLine struct {
	Name   string `json:"name"`
	Len    int64  `json:"len"`
	SHA256 string `json:"sha256"`
}

// setLine is the first line of records.
type setLine struct {
	Set   string `json:"set"`
	Plain bool   `json:"plain,omitempty"`
}

// Bounds of what is read.
const (
	maxRevision = 1 << 52 // of a domain: what is reached in two thousand years
	maxTrailing = 1 << 20 // behind the last entry: a tar file is filled up with zeros
	maxEntries  = 50_000_000
	maxHeader   = 1 << 20
	maxName     = 4096
	maxChunk    = 64 << 20 // of an entry that is held in memory
	chunkSize   = 4 << 20
)

// transient are the folders whose records and files must not come back.
var transient = []string{".domain/journal", ".domain/session", ".domain/captcha", ".domain/guess", ".domain/receiver", ".domain/import"}

// isTransient tells paths that are not saved.
func isTransient(path string) bool { return isIn(path, transient) }

// isIn reports whether a path is one of the folders or lies in one, in any spelling: a
// file system may take several for one name.
func isIn(path string, dirs []string) bool {
	path = spelled(path)
	return slices.ContainsFunc(dirs, func(dir string) bool {
		return path == dir || strings.HasPrefix(path, dir+"/")
	})
}

func spelled(path string) string {
	if !strings.HasPrefix(domain.Spelled(firstOf(path)), ".domain") {
		return path // no folder that counts here lies elsewhere
	}
	segs := strings.Split(path, "/")
	for i, seg := range segs {
		segs[i] = domain.Spelled(seg)
	}
	return strings.Join(segs, "/")
}

func firstOf(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

// leftover tells files that a write has left, or is still writing.
func leftover(name string) bool {
	return strings.HasPrefix(name, ".~carya-") || strings.HasPrefix(name, ".new-")
}

// plainSets are the plain sets that are saved through the store.
var plainSets = []string{thingset.SerialsPath, thingset.LinksPath, ".domain/weixin", ".domain/delivery", ".domain/spent"}

func isPlain(set string) bool { return slices.Contains(plainSets, set) }

// plainDef is how a plain set is kept by those who use it.
func plainDef(set string) thingset.Def {
	switch set {
	case thingset.SerialsPath:
		return thingset.Def{Plain: true}
	case thingset.LinksPath:
		return thingset.LinksDef
	}
	return thingset.Def{Plain: true, Loose: -1}
}

func damaged(detail ...any) *domain.Error { return domain.E("e.backup.damaged", detail...) }
