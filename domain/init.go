package domain

import "github.com/caryahq/carya/domain/relaxed"

// Init scripts lay out a domain. A script is a list of blocks:
//
//	# a comment
//	@ENV {title:"My site"}
//	@DIR www
//	{id:"+", title:"My site", accounts:"~/accounts"}
//	@FILE www/index.html
//	%TMPL:
//	<h1>${title?Welcome}</h1>
//	%END%
//	@THING accounts
//	{uniqueKeys:[{name:["nm"]}]}
//	@API auth/site
//	{"http-header-Content-Type":"text/json"}
//	?COPY:
//	obj ~/www -cqn
//	%END%
//
// A block is an @ line, a relaxed-JSON object of metadata (on the same line or
// the next) and a content, each of them optional:
//
//	@DIR path       a directory
//	@FILE path      a file; without content an empty one, or what is there
//	@THING path     a ThingSet: the metadata, except its id, goes into thing.json,
//	                over the content, if any
//	@API path       @FILE ~/.regapi/api/path
//	@ENV {…}        init variables; those given from outside win
//	@HOME path      what later relative paths are below; ~/ at first
//	@INCLUDE path   another script, in place; its @HOME ends with it
//
//	%COPY: … %END%  content, verbatim: the lines between
//	%TMPL: … %END%  content in which ${variable} and ${variable?default} are
//	                filled, in the shell's placeholder language
//	%COPY> file     content from a file that the caller provides
//	%TMPL> file     the same, filled
//	?COPY: and so on: a content that is there already is kept
//
// A path is ~/a/b or relative to @HOME; its placeholders are filled. Parents
// are made. Metadata is patched: what the script does not name stays, null
// removes a key. The id "+" asks for a fresh id, which stays from then on.
// In a Markdown file (.md) the script is the fenced blocks that hold @ lines.

// InitScript is a parsed script. It never changes.
type InitScript struct {
	file   string
	src    string
	blocks []*initBlock
}

// initBlock is one block as written.
type initBlock struct {
	kind    string // without its @
	arg     string // the path as written
	at      int    // offset of the @ line
	meta    *relaxed.Node
	metaAt  int // offset of the metadata: nodes count from there
	content *initContent
}

// initContent is a block's content as written.
type initContent struct {
	at   int    // offset of the macro
	tmpl bool   // fill placeholders
	keep bool   // an existing content stays
	text string // the content itself, or
	from string // the file it comes from
}

func (s *InitScript) fault(offset int, msg Text) Fault {
	return faultAt(s.file, s.src, offset, msg)
}
