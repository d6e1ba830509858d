package domain

import "strings"

// Path names an object of a domain: clean, slash-separated, relative to ~/;
// "" is ~/ itself. A Path never climbs: it holds no "..", no empty segment, no
// NUL and no backslash.
type Path string

// ParsePath reads "~/a/b", "~" or "a/b" (relative to ~). Absolute paths,
// "~other", climbing segments and NUL are errors (e.io.path,
// e.io.path.outside).
func ParsePath(text string) (Path, error) {
	s := text
	switch {
	case s == "~":
		s = ""
	case strings.HasPrefix(s, "~/"):
		s = s[2:]
	case strings.HasPrefix(s, "~"):
		return "", E("e.io.path.outside", text)
	case strings.HasPrefix(s, "/"):
		return "", E("e.io.path.outside", text)
	}
	return Path("").Join(s)
}

// maxPath bounds the text of a path, as PATH_MAX does on Linux.
const maxPath = 4096

// MaxDepth is how many segments a path has at most. What somebody laid deeper in a
// domain's folder is not there for anybody: each of its names would cost a look at
// all above it, at every walk.
const MaxDepth = 100

// Depth is the number of the path's segments.
func (p Path) Depth() int {
	if p == "" {
		return 0
	}
	return strings.Count(string(p), "/") + 1
}

// Join appends a relative path. Empty and "." segments vanish; a ".." segment,
// a NUL, a backslash, more than 4,096 bytes or than MaxDepth segments are an error,
// also where the result would stay inside. Nothing is decoded: "%2e%2e" is just a name.
func (p Path) Join(rel string) (Path, error) {
	if len(p)+len(rel) > maxPath {
		return "", E("e.io.path", shorten(rel))
	}
	if strings.ContainsAny(rel, "\x00\\") {
		return "", E("e.io.path", strings.ToValidUTF8(rel, "?"))
	}
	out := string(p)
	for seg := range strings.SplitSeq(rel, "/") {
		switch seg {
		case "", ".":
			continue
		case "..":
			return "", E("e.io.path.outside", rel)
		}
		if out != "" {
			out += "/"
		}
		out += seg
	}
	if Path(out).Depth() > MaxDepth {
		return "", E("e.io.path", tooDeep(rel))
	}
	return Path(out), nil
}

func tooDeep(path string) Text {
	return Textf("%v：超过 %v 层目录", "%v: more than %v folders deep", shorten(path), MaxDepth)
}

// check refuses a Path that did not come from ParsePath or Join and would mean
// another object than it says.
func (p Path) check() error {
	if p == "" {
		return nil
	}
	if c, err := Path("").Join(string(p)); err != nil {
		return err
	} else if c != p {
		return E("e.io.path", string(p))
	}
	return nil
}

// child is Join for a name that a directory listing gave.
func (p Path) child(name string) Path {
	if p == "" {
		return Path(name)
	}
	return p + "/" + Path(name)
}

// rel is the path as os.Root wants it.
func (p Path) rel() string {
	if p == "" {
		return "."
	}
	return string(p)
}

// String is the path as people write it: "~/a/b".
func (p Path) String() string { return "~/" + string(p) }

// Base is the last segment, "" for ~/.
func (p Path) Base() string { return string(p)[strings.LastIndexByte(string(p), '/')+1:] }

// Dir is the parent; ~/ is its own parent.
func (p Path) Dir() Path {
	if i := strings.LastIndexByte(string(p), '/'); i >= 0 {
		return p[:i]
	}
	return ""
}

// Ext is the extension in lower case without its dot, "" when there is none.
func (p Path) Ext() string {
	b := p.Base()
	i := strings.LastIndexByte(b, '.')
	if i <= 0 {
		return ""
	}
	return strings.ToLower(b[i+1:])
}

// Below reports whether p is dir or lies below it.
func (p Path) Below(dir Path) bool {
	return dir == "" || p == dir || strings.HasPrefix(string(p), string(dir)+"/")
}

// Hidden reports whether a segment begins with a dot: .domain, .regapi,
// metadata and other dot files.
func (p Path) Hidden() bool {
	s := string(p)
	return strings.HasPrefix(s, ".") || strings.Contains(s, "/.")
}

// Ref names an object by path or by id. Exactly one of the two counts: ID when
// it is not "". The zero Ref is ~/.
type Ref struct {
	ID   string
	Path Path
}

// ParseRef reads "id:ID" or a path.
func ParseRef(text string) (Ref, error) {
	if id, ok := strings.CutPrefix(text, "id:"); ok {
		return Ref{ID: idOrNone(id)}, nil
	}
	p, err := ParsePath(text)
	return Ref{Path: p}, err
}

// idOrNone keeps an empty id from meaning ~/: no object has the id "-".
func idOrNone(id string) string {
	if id == "" {
		return "-"
	}
	return id
}

func (r Ref) String() string {
	if r.ID != "" {
		return "id:" + r.ID
	}
	return r.Path.String()
}
