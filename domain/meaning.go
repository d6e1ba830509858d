package domain

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/tidwall/gjson"
)

// What makes code, schema or a site is decided here, by where it lies and who may
// write there:
//
//   - thing.json makes a ThingSet, .meta.json and .F.meta.json are metadata, dot
//     folders hold endpoints and settings: these names are the owner's. Endpoints
//     neither read nor write them, in no spelling (Means).
//   - what lies below index/ or data/ of a ThingSet is content: it is no set, no
//     site, no folder with metadata, no endpoint, and names that mean something are
//     written there by nobody (isContent, refusesName).
//   - data that the server writes by itself, as copies of records, lies where none of
//     this is, and not among the pages (NoData).
//   - a site is ~/www, a folder in it, or a folder whose metadata says so, and
//     endpoints write none of what says so (NoSite, withoutSite, keepsSites).

// Means reports whether a name means something to the server: that of a
// ThingSet's definition, or one that begins with a dot. Other spellings of such a
// name count too: those that some file system, browser or reader takes for it.
func Means(name string) bool {
	if strings.HasPrefix(name, ".") {
		return true
	}
	s := spelled(name)
	return s == thingJSON || strings.HasPrefix(s, ".") && !strings.HasPrefix(s, "..")
}

// MeansIn reports whether a segment of a path means something.
func MeansIn(p Path) bool {
	for seg := range strings.SplitSeq(string(p), "/") {
		if Means(seg) {
			return true
		}
	}
	return false
}

// Spelled is a name as the laxest reader takes it, to be compared with a name that means
// something.
func Spelled(name string) string { return spelled(name) }

// spelled is a name as the laxest reader takes it: percent signs decoded, in one
// Unicode form (NFKC), letters that look like ASCII ones as these, in lower case,
// without what cannot be seen, without dots and blanks at its end, and without
// what NTFS has behind a colon.
func spelled(name string) string {
	if isPlainName(name) {
		return name
	}
	for range 4 {
		s, err := url.PathUnescape(name)
		if err != nil || s == name {
			break
		}
		name = s
	}
	s := strings.Map(asLetter, norm.NFKC.String(name))
	if i := strings.IndexByte(s, ':'); i > 0 {
		s = s[:i]
	}
	return strings.TrimRight(strings.TrimSpace(s), ". ")
}

// isPlainName reports whether a name is spelled in the one way there is.
func isPlainName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c < 'a' && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' || c > 'z' {
			return false
		}
	}
	return !strings.HasSuffix(name, ".")
}

// lookalikes are letters of other alphabets that stand for those in the names
// that mean something. It is never changed.
var lookalikes = map[rune]rune{
	'а': 'a', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'һ': 'h', 'н': 'h', 'і': 'i', 'ӏ': 'i', 'ј': 'j', 'м': 'm', 'о': 'o', 'р': 'p', 'ѕ': 's', 'т': 't', 'х': 'x',
	'Α': 'a', 'Ε': 'e', 'Η': 'h', 'Ι': 'i', 'Μ': 'm', 'Ν': 'n', 'Ο': 'o', 'Ρ': 'p', 'Τ': 't', 'Χ': 'x',
	'α': 'a', 'ε': 'e', 'ι': 'i', 'ϳ': 'j', 'η': 'n', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'χ': 'x',
	'ɑ': 'a', 'ɡ': 'g', 'ı': 'i', 'ɩ': 'i', 'ȷ': 'j', 'ո': 'n', 'օ': 'o', 'ց': 'g',
	'。': '.', '∙': '.', '·': '.',
}

// asLetter is the ASCII letter that a letter stands for; -1 drops what cannot be
// seen.
func asLetter(r rune) rune {
	if a, ok := lookalikes[r]; ok {
		return a
	}
	if r != ' ' && !unicode.IsGraphic(r) || r == unicode.ReplacementChar ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r) {
		return -1
	}
	r = unicode.ToLower(r)
	if a, ok := lookalikes[r]; ok {
		return a
	}
	return r
}

// veil reports whether a name is absent for API: what means something, and the
// records of a ThingSet, which hold passwords' hashes.
func veil(name string, inSet bool) bool {
	return Means(name) || inSet && spelled(name) == "index"
}

// isContent reports whether the child of a folder is the content of a ThingSet:
// what lies there, and below, means nothing.
func (parent *entry) isContent(name string) bool {
	return parent.inert || parent.set && (spelled(name) == "index" || spelled(name) == "data")
}

// IsContent reports whether a path lies at or below index/ or data/ of a
// ThingSet.
func (d *Domain) IsContent(p Path) bool {
	e, err := d.entry(p)
	if err == nil {
		return e.inert
	}
	return d.leadsToContent(p)
}

// leadsToContent is IsContent without a look at the object.
func (d *Domain) leadsToContent(p Path) bool {
	real, err := d.resolveLinks(p)
	part, _ := storesPart(real, d.isSet)
	return err == nil && part != ""
}

// NoData is why a path is no place for a file of data that the server writes by
// itself, empty when it is one. Names that mean something, what a ThingSet holds, and
// pages, which strangers read and browsers run, are none; nor what a link makes of them.
func (d *Domain) NoData(p Path) Text {
	real, err := d.resolveLinks(p)
	part, _ := storesPart(real, d.isSet)
	first, _, _ := strings.Cut(string(real), "/")
	switch {
	case err != nil:
		return Textf("%v 不在本域之内", "%v leads out of the domain", p)
	case real == "":
		return Textf("%v 不是文件", "%v is no file", p)
	case MeansIn(p) || MeansIn(real):
		return Textf("%v 的名字有特殊含义（脚本、设置、元数据）", "%v has a name that means something: of scripts, settings, metadata", p)
	case part != "":
		return Textf("%v 属于数据集", "%v belongs to a ThingSet", p)
	case spelled(first) == string(pages):
		return Textf("%v 位于网页目录，任何人都能读", "%v lies among the pages, which anybody reads", p)
	}
	if fi, err := d.files.Lstat(string(real)); err == nil && !fi.Mode().IsRegular() {
		return Textf("%v 不是文件", "%v is no file", p)
	}
	return Text{}
}

// draftPrefix begins the name of a thing's file before it gets its own.
const draftPrefix = ".new-"

// DraftName is a name below data/ for a file that nobody is to see yet.
func DraftName() string { return draftPrefix + NewID() }

// refusesName reports whether a path, which has no links, gives something below
// data/ of a ThingSet a name that means something.
func refusesName(p Path, isSet func(Path) bool) bool {
	part, rest := storesPart(p, isSet)
	if part != "data" || rest == "" {
		return false
	}
	dir, name := Path(rest).Dir(), Path(rest).Base()
	id, isDraft := strings.CutPrefix(name, draftPrefix)
	return MeansIn(dir) && dir != "" || Means(name) && !(isDraft && IsID(id))
}

// pages is the default site's folder; the folders in it are sites too.
const pages Path = "www"

// isSitePlace reports whether a folder there is a site without saying so.
func isSitePlace(p Path) bool { return p == pages || p != "" && p.Dir() == pages }

// withoutSite is a change of a folder's metadata as an endpoint may make it: it
// makes no site and ends none. A folder that would be one by its place alone, once
// it has an id, says that it is none.
func (e *entry) withoutSite(change func(members) (members, error)) func(members) (members, error) {
	return func(old members) (members, error) {
		was := append(members(nil), old...)
		now, err := change(old)
		if err != nil {
			return nil, err
		}
		for _, key := range []string{"site", "accounts"} {
			if was.raw(key) != now.raw(key) {
				return nil, E("e.io.forbidden", Textf("%q 说明目录是站点，由主人设置（www site）", "%q says that a folder is a site: the owner sets it (www site)", key))
			}
		}
		if err := e.sameRules(was, now); err != nil {
			return nil, err
		}
		if isSitePlace(e.real) && e.real != pages && was.raw("id") == "" && now.raw("id") != "" {
			now = now.put("site", "false")
		}
		return now, nil
	}
}

// siteRules lists the members of a site's metadata that say who may do what there.
func siteRules() []string {
	return []string{"roles", "role_default", "pvg", "setme", "login_captcha", "vcode_captcha", "se_idle_du", "se_dft_du"}
}

// sameRules refuses a change of a site's rules.
func (e *entry) sameRules(was, now members) error {
	if !isSitePlace(e.real) && was.raw("site") != "true" && was.raw("accounts") == "" {
		return nil
	}
	for _, key := range siteRules() {
		if was.raw(key) != now.raw(key) {
			return E("e.io.forbidden", Textf("%q 是站点的规则，由主人设置（www site）", "%q is a rule of the site: the owner sets it (www site)", key))
		}
	}
	return nil
}

// keepsSites refuses a move by an endpoint that would make a site of a folder with
// an id that is none.
func (t *Tree) keepsSites(e *entry, to Path) error {
	if t.who == API && e.obj.Race == DIR && e.obj.ID != "" && isSitePlace(to) && !isSitePlace(e.real) && gjson.GetBytes(e.meta, "site").Type != gjson.False {
		return E("e.io.forbidden", Textf("%v 会成为站点", "%v would become a site", to))
	}
	return nil
}

// Sites are the domain's sites, sorted.
func (d *Domain) Sites() []Path {
	var out []Path
	for _, p := range d.ids.all(DIR) {
		if d.NoSite(p).Empty() {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// NoSite is why a path is no site, empty when it is one: a folder with an id that
// is ~/www, lies in it, or says site:true or names its accounts. One that says
// site:false is none.
func (d *Domain) NoSite(p Path) Text {
	e, err := d.entry(p)
	switch {
	case err != nil || e.obj.Race != DIR:
		return Textf("%v 不是目录", "%v is no folder", p)
	case e.set:
		return Textf("%v 是数据集，不是站点", "%v is a ThingSet, no site", p)
	case e.inert || e.veiled:
		return Textf("%v 所在之处没有站点", "%v lies where no site is", p)
	case e.obj.ID == "":
		return Textf("%v 没有 ID：www site %[1]v -u {} 会给它一个", "%v has no id: www site %[1]v -u {} gives it one", p)
	}
	switch said := gjson.GetBytes(e.meta, "site"); {
	case said.Type == gjson.False:
		return Textf("%v 的元数据为 site:false", "%v says site:false", p)
	case isSitePlace(e.real), said.Type == gjson.True, gjson.GetBytes(e.meta, "accounts").String() != "":
		return Text{}
	}
	return Textf("%v 没有声明自己是站点：www site %[1]v -u {site:true}", "%v does not say that it is a site: www site %[1]v -u {site:true}", p)
}
