package regapi

import (
	"errors"
	"hash/maphash"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/syntax"
)

const (
	folder   = ".regapi"
	metaName = ".meta.json"

	maxEndpoints = 50_000 // of one domain
	maxDepth     = 32     // folders below .regapi
)

// loader reads the endpoints of a domain again and again, each time only what
// has changed. It is used by one goroutine at a time.
type loader struct {
	reg      *shell.Registry
	recorder Recorder
	keys     keyTable
	fsys     *os.Root // of ~/
	seed     maphash.Seed

	// isContent reports whether a path leads to the content of a ThingSet: an upload
	// is no endpoint and no metadata, also by way of a link. nil is never.
	isContent func(path string) bool

	metas    map[string]*cachedMeta
	units    map[string]*unit
	dirs     map[string]seenDir
	shadowed []domain.Fault // endpoints that no request reaches
	shapes   shapes         // of the last load; it never changes after

	misshapen []domain.Fault // folders that name no proper shape

	round int
	over  bool // there are more endpoints than maxEndpoints
	blind bool // something could not be read: nothing is taken for gone
	again bool // something may just be between two names
}

// unit is an endpoint's file with what came of it.
type unit struct {
	ep     *endpoint // the last good one; one without a script when there was none
	metas  []*metaText
	seen   sighting
	sum    uint64 // of the text
	faults []domain.Fault
	round  int
	gone   time.Time // when it was first missed
}

// cachedMeta is a metadata file with what came of it.
type cachedMeta struct {
	text  *metaText
	good  *metaText // the last one without a fault
	seen  sighting
	round int
}

func newLoader(reg *shell.Registry, fsys *os.Root) *loader {
	return &loader{
		reg: reg, keys: newKeyTable(), fsys: fsys, seed: maphash.MakeSeed(),
		metas: map[string]*cachedMeta{}, units: map[string]*unit{},
	}
}

// doubt has files read anew whatever their times say. A change of metadata is
// told as one of the object.
func (l *loader) doubt(paths []string) {
	for _, p := range paths {
		if u := l.units[p]; u != nil {
			u.seen = sighting{}
		}
		for _, meta := range []string{p, p + "/" + metaName, path.Dir(p) + "/." + path.Base(p) + metaName} {
			if m := l.metas[meta]; m != nil {
				m.seen = sighting{}
			}
		}
	}
}

// load reads everything and gives the endpoints sorted by file.
func (l *loader) load() []*endpoint {
	l.round++
	l.dirs, l.shapes = map[string]seenDir{}, shapes{}
	l.over, l.blind, l.again, l.misshapen = false, false, false, nil
	l.walk(folder, scope{})
	if !l.blind {
		l.sweep(time.Now())
	}
	eps := make([]*endpoint, 0, len(l.units))
	for _, u := range l.units {
		eps = append(eps, u.ep)
	}
	slices.SortFunc(eps, func(a, b *endpoint) int { return strings.Compare(a.api, b.api) })
	return eps
}

// sweep forgets what is gone.
func (l *loader) sweep(now time.Time) {
	for p, u := range l.units {
		switch {
		case u.round == l.round:
			u.gone = time.Time{}
		case u.gone.IsZero():
			u.gone, l.again = now, true
		case now.Sub(u.gone) >= grace:
			delete(l.units, p)
		default:
			l.again = true
		}
	}
	for p, m := range l.metas {
		if m.round != l.round {
			delete(l.metas, p)
		}
	}
}

// missing notes a folder that could not be read; unless it is not there, nothing
// is known about it.
func (l *loader) missing(dir string, err error) {
	if !errors.Is(err, fs.ErrNotExist) {
		l.blind = true
		l.misshapen = append(l.misshapen, unreadable(dir, err))
	}
}

// unreadable is that a file or folder cannot be read.
func unreadable(path string, err error) domain.Fault {
	return domain.FaultAt("~/"+path, 0, 0, domain.TextOf(err))
}

// scope is what a folder hands to those below: the metadata of the folders on
// the way and the names of the wildcards.
type scope struct {
	metas  []*metaText
	params []string
	depth  int
}

func (l *loader) walk(dir string, s scope) {
	info, err := l.fsys.Stat(dir)
	if err != nil {
		l.missing(dir, err)
		return
	}
	entries, err := fs.ReadDir(domain.ReadFS(l.fsys), dir)
	if err != nil {
		l.missing(dir, err)
		return
	}
	l.dirs[dir] = seeDir(info, entries)
	names := make(map[string]bool, len(entries))
	for _, e := range entries {
		names[e.Name()] = !l.isUpload(dir+"/"+e.Name(), e)
	}
	s = l.enter(dir, s, names[metaName])
	for _, e := range entries {
		l.entry(dir, e, s, names["."+e.Name()+metaName])
	}
}

// enter is the scope inside a folder.
func (l *loader) enter(dir string, s scope, hasMeta bool) scope {
	var own *metaText
	if hasMeta {
		own = l.meta(dir + "/" + metaName)
		s.metas = append(slices.Clip(s.metas), own)
		if own.namesShape() {
			l.shapes[strings.TrimPrefix(dir, folder)] = ruleOf(s.metas)
			l.misshapen = append(l.misshapen, own.shapeFaults()...)
		}
	}
	if strings.HasSuffix(dir, "/"+anyName) {
		s.params = append(slices.Clip(s.params), own.param())
	}
	s.depth++
	return s
}

func (l *loader) entry(dir string, e fs.DirEntry, s scope, hasMeta bool) {
	path := dir + "/" + e.Name()
	switch {
	case l.isUpload(path, e):
		l.misshapen = append(l.misshapen, domain.FaultAt("~/"+path, 0, 0, domain.Text{ZH: "链接指向数据集的 index/ 或 data/：上传的内容不是接口", EN: "a link to index/ or data/ of a ThingSet: an upload is no endpoint"}))
	case !isEndpointName(e.Name()) || dir == folder && !isFirst(e.Name()):
	case e.IsDir():
		if s.depth < maxDepth {
			l.walk(path, s)
		}
	case len(l.units) >= maxEndpoints && l.units[path] == nil:
		l.over = true
	default:
		info, err := l.fsys.Stat(path) // of a link's target
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			l.spoiled(path, sighting{}, err, l.metasOf(dir, e.Name(), s, hasMeta), s.params)
		case !info.IsDir():
			l.file(path, info, l.metasOf(dir, e.Name(), s, hasMeta), s.params)
		}
	}
}

// isUpload reports whether a name of a folder is a link to the content of a
// ThingSet.
func (l *loader) isUpload(path string, e fs.DirEntry) bool {
	return e.Type()&fs.ModeSymlink != 0 && l.isContent != nil && l.isContent(path)
}

// metasOf is the metadata that counts for a file; the last one is its own, nil
// when it has none.
func (l *loader) metasOf(dir, name string, s scope, hasMeta bool) []*metaText {
	var own *metaText
	if hasMeta {
		own = l.meta(dir + "/." + name + metaName)
	}
	return append(slices.Clip(s.metas), own)
}

// meta reads a metadata file; while it is broken its last good text counts.
func (l *loader) meta(path string) *metaText {
	m := l.metas[path]
	if m == nil {
		m = &cachedMeta{}
		l.metas[path] = m
	}
	m.round = l.round
	info, err := l.fsys.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && m.seen.same(info) {
		return m.good
	}
	src, seen := []byte(nil), sighting{}
	if err == nil {
		seen = see(info)
		src, err = domain.ReadFile(l.fsys, domain.Path(path), domain.MaxText)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return m.good
	}
	if m.seen = seen; err != nil {
		m.text = &metaText{file: "~/" + path, unread: true, faults: []domain.Fault{unreadable(path, err)}}
		return m.good
	}
	if m.text != nil && m.text.src == string(src) && !m.text.unread {
		return m.good
	}
	m.text = parseMeta("~/"+path, string(src), syntax.Pos{Line: 1, Col: 1})
	if len(m.text.faults) == 0 {
		m.good = m.text
	}
	return m.good
}

// file compiles an endpoint when its text or metadata has changed.
func (l *loader) file(path string, info fs.FileInfo, metas []*metaText, params []string) {
	u := l.units[path]
	if u != nil && u.seen.same(info) && slices.Equal(u.metas, metas) {
		u.round = l.round
		return
	}
	seen := see(info)
	src, err := domain.ReadFile(l.fsys, domain.Path(path), domain.MaxText)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		l.spoiled(path, seen, err, metas, params)
		return
	}
	sum := maphash.Bytes(l.seed, src)
	if u == nil {
		u = &unit{}
		l.units[path] = u
	} else if u.sum == sum && slices.Equal(u.metas, metas) {
		u.seen, u.round = seen, l.round
		return
	}
	u.metas, u.seen, u.sum, u.round = metas, seen, sum, l.round
	u.compile(l, path, string(src), params)
}

// spoiled notes that an endpoint's file cannot be read: its last good version
// stays.
func (l *loader) spoiled(path string, seen sighting, err error, metas []*metaText, params []string) {
	u := l.units[path]
	if u == nil {
		u = &unit{ep: blank(path, params, metas)}
		l.units[path] = u
	}
	u.metas, u.seen, u.sum, u.round = metas, seen, 0, l.round
	u.faults = []domain.Fault{unreadable(path, err)}
}

// compile makes a unit's endpoint; when the text is broken the last good one
// stays.
func (u *unit) compile(l *loader, path, src string, params []string) {
	c := &compiler{keys: l.keys, recorder: l.recorder, ep: blank(path, params, u.metas)}
	c.compile(l.reg, src, u.metas)
	u.faults = few(c.faults)
	switch {
	case !broken(c.faults):
		u.ep = c.ep
	case u.ep == nil:
		u.ep = blank(path, params, u.metas)
		u.ep.envelope = c.ep.envelope
	}
}

// blank is an endpoint that cannot run. params are the names of the wildcards
// on the way; a file _ANY names its own.
func blank(path string, params []string, metas []*metaText) *endpoint {
	if strings.HasSuffix(path, "/"+anyName) {
		params = append(slices.Clip(params), metas[len(metas)-1].param())
	}
	ep := &endpoint{api: strings.TrimPrefix(path, folder+"/"), file: "~/" + path, params: params}
	ep.envelope = ruleOf(metas)
	return ep
}
