// Package cmds holds the commands of the language. One command is one file with
// its manual (name.md) and its transcript (name.txt) beside it; All is the
// list of them.
//
// Commands see the domain through Call.Tree, which knows what the principal may
// see; they stream where an input can be large, and bound what they must hold.
package cmds

import (
	"embed"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/outbound"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// Deps is what commands need of the rooms that no Call leads to.
type Deps struct {
	// DB gives the things of a domain.
	DB func(*domain.Domain) *thingset.DB

	// IsHash reports whether a text is a password's hash of a known form; nil
	// takes every text.
	IsHash func(string) bool

	// Out connects to other servers; nil is a dialer of its own.
	Out *outbound.Dialer
}

func (d Deps) dialer() *outbound.Dialer {
	if d.Out == nil {
		return outbound.New()
	}
	return d.Out
}

// All is every command of this room, sorted by name.
func All(d Deps) []*shell.Command {
	return []*shell.Command{
		ajaxre(),
		base64Command(),
		calc(),
		cat(),
		count(),
		cp(),
		csvCommand(),
		date(),
		each(),
		echo(),
		fail(),
		grep(),
		hash(),
		head(),
		historyCommand(),
		httpCommand(d.dialer()),
		httpout(),
		httpparam(),
		id(),
		ifCommand(),
		jsonCommand(),
		ls(),
		man(),
		md5sum(),
		mkdir(),
		mv(),
		obj(),
		random(),
		rm(),
		run(),
		sortCommand(),
		split(),
		tail(),
		thing(d),
		tmpl(),
		touch(),
		tree(),
		try(),
		uniq(),
		unzip(),
		uuid(),
		vars(),
		write(),
		zipCommand(),
	}
}

//go:embed *.md
var manuals embed.FS

// manual is the page of a command. A missing one is a programmer's mistake.
func manual(name string) string {
	page, err := manuals.ReadFile(name + ".md")
	if err != nil {
		panic("cmds: no manual: " + err.Error())
	}
	return string(page)
}
