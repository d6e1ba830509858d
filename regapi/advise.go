package regapi

import (
	"github.com/caryahq/carya/domain"
	"regexp"
	"slices"
	"strings"

	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/shell/syntax"
)

// What works and is probably not meant: a warning each, at its place.

// advise looks at an endpoint that has compiled.
func (c *compiler) advise(f file) {
	p, err := syntax.Parse(f.body, f.bodyAt)
	if err != nil {
		return
	}
	syntax.Walk(p, func(n any) bool {
		switch n := n.(type) {
		case *syntax.Placeholder:
			c.advisePlaceholder(n)
		case *syntax.Pipeline:
			c.adviseGlue(n)
		case *syntax.Command:
			c.adviseSecrets(n)
			c.adviseMarkup(n)
		}
		return len(c.faults) <= maxFaults
	})
	c.adviseWrites(p)
}

func (c *compiler) warn(at syntax.Pos, msg domain.Text) {
	f := faultAt(c.ep.file, at, msg)
	f.Warn = true
	c.faults = append(c.faults, f)
}

// advisePlaceholder tells of a name that no request has.
func (c *compiler) advisePlaceholder(ph *syntax.Placeholder) {
	for _, k := range ph.Keys {
		if c.known(k) {
			continue
		}
		hint := domain.Text{}
		switch near := shell.Nearest(k.Name, c.placeholderNames()); {
		case near != "":
			hint = domain.Textf("，是不是 ${%s}？", "; did you mean ${%s}?", near)
		case k.Name == "pvg" || strings.HasPrefix(k.Name, "pvg-"):
			hint = domain.Text{ZH: "：pvg-setup 没有写出它", EN: ": pvg-setup does not name it"}
		case strings.HasPrefix(k.Name, "params."):
			hint = domain.Text{ZH: "：地址中没有叫这个名字的通配段（api-param-name）", EN: ": no wildcard of the address has that name (api-param-name)"}
		case !strings.HasPrefix(k.Name, "http-"):
			hint = domain.Textf("，是不是 ${http-qs-%s}，或供后一段 run 使用的 $${%s}？", "; did you mean ${http-qs-%s}, or $${%s} for the run of a later stage?", strings.ToLower(k.Name), k.Name)
		}
		c.warn(ph.Pos, domain.Textf("请求没有 ${%s}%s", "no request has ${%s}%s", k.Name, hint))
	}
}

// known reports whether something can answer the key.
func (c *compiler) known(k syntax.Key) bool {
	first := k.Steps[0].Name
	if name, ok := strings.CutPrefix(k.Name, "params."); ok {
		return slices.Contains(c.ep.params, name)
	}
	_, preloaded := c.ep.settings.preload[first]
	switch {
	case preloaded, first == "args":
		return true
	case first == "pvg", strings.HasPrefix(first, "pvg-"):
		return c.ep.settings.knowsRight(k.Name) || c.ep.settings.knowsRight(first)
	case slices.Contains(c.ep.script.Declares(), k.Name), slices.Contains(c.ep.script.Declares(), first):
		return true
	case c.ep.settings.jsonMerge && !reserved(first):
		return c.ep.settings.jsonName == "" || c.ep.settings.jsonName == first
	}
	return slices.ContainsFunc(Placeholders(), func(p Placeholder) bool { return p.covers(k.Name) || p.covers(first) })
}

// placeholderNames are the names that can be suggested; prefixes have none.
func (c *compiler) placeholderNames() (out []string) {
	for _, p := range Placeholders() {
		if !strings.Contains(p.Name, "<") && p.Name != "pvg" {
			out = append(out, p.Name)
		}
	}
	for _, r := range c.ep.settings.rights {
		out = append(out, "pvg-"+r.name)
	}
	return out
}

// checksItself are commands that change something only for who shows a ticket, a
// password or a code.
var checksItself = []string{"www auth", "www checkme", "www logout", "www captcha", "www passwd", "www session", "www avatar"}

// onlyWith are the words without which a command changes nothing.
var onlyWith = map[string][]string{
	"obj":              {"-new", "-u", "-push", "-pop", "-set"},
	"www account":      {"-new", "-u"},
	"www site":         {"-u"},
	"www role":         {"-new", "-u", "-delete"},
	"thing file":       {"add", "del"},
	"thing media":      {"add", "del"},
	"thing attachment": {"add", "del"},
}

// adviseWrites tells of an endpoint that lets everybody write.
func (c *compiler) adviseWrites(p *syntax.Program) {
	if c.ep.asksWho() || c.ep.tokens != nil || c.ep.settings.public {
		return
	}
	for _, name := range c.ep.script.Writers() {
		if slices.Contains(checksItself, name) || onlyWith[name] != nil && !usesAny(p, name, onlyWith[name]) {
			continue
		}
		c.warn(commandAt(p, name), domain.Textf("任何人都能调用它，而 %q 会写数据：用 http-www-auth、pvg-assert 或 api-access-token 保护；确实公开时写 api-public", "everybody may call this, and %q writes: http-www-auth, pvg-assert or api-access-token guard it; api-public says that it is meant", name))
		return
	}
}

// usesAny reports whether a command, also as the template of run, has one of the
// words. A block of several commands may have any.
func usesAny(p *syntax.Program, command string, options []string) (found bool) {
	eachCommand(p, func(c *syntax.Command) {
		var words []string
		for _, w := range c.Words {
			words = append(words, wordText(w))
		}
		line := " " + strings.Join(words, " ") + " "
		at := 0
		for part := range strings.FieldsSeq(command) { // the set stands between thing and its verb
			if i := strings.Index(line[max(at, 0):], " "+part+" "); at >= 0 && i >= 0 {
				at += i + len(part) + 1
			} else {
				at = -1
			}
		}
		if at >= 0 {
			found = found || slices.ContainsFunc(options, func(o string) bool { return strings.Contains(line[at:], " "+o+" ") })
		}
	})
	return found
}

func eachCommand(p *syntax.Program, f func(*syntax.Command)) {
	syntax.Walk(p, func(n any) bool {
		if c, ok := n.(*syntax.Command); ok {
			f(c)
		}
		return true
	})
}

// commandAt is where a command stands; the script's beginning when it stands in
// a template or is a redirect.
func commandAt(p *syntax.Program, name string) syntax.Pos {
	at := p.Pipelines[0].Pos
	family, _, _ := strings.Cut(name, " ")
	found := false
	eachCommand(p, func(c *syntax.Command) {
		if !found && commandName(c) == family {
			at, found = c.Pos, true
		}
	})
	return at
}

var (
	secretText   = regexp.MustCompile(`(?i)(?:passwd|password|secret|api[_-]?key|access[_-]?token)["']?\s*[:=]\s*["']?[^\s"'{}$,]{6,}`)
	secretHeader = regexp.MustCompile(`(?i)authorization\s*:\s*(?:bearer|basic)\s+[^\s$]{6,}`)
	secretOption = []string{"-p", "-passwd", "-secret", "-token"}
)

// adviseSecrets tells of passwords and keys that stand in the script.
func (c *compiler) adviseSecrets(cmd *syntax.Command) {
	for i, w := range cmd.Words {
		text := wordText(w)
		told := i > 0 && slices.Contains(secretOption, wordText(cmd.Words[i-1])) && commandName(cmd) != "mkdir" && text != "" && literal(w) && !strings.Contains(text, "${") && text[0] != '-'
		if told || secretText.MatchString(text) || secretHeader.MatchString(text) {
			c.warn(w.Pos, domain.Text{ZH: "脚本里写有机密：请放进 ~/.domain/secrets 下的文件，用 preload 读入", EN: "a secret stands in the script: keep it in a file below ~/.domain/secrets and preload it"})
			return
		}
	}
}

func literal(w *syntax.Word) bool {
	return !slices.ContainsFunc(w.Pieces, func(p syntax.Piece) bool { _, ok := p.(*syntax.Lit); return !ok })
}
