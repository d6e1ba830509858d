package domain

import "strings"

// Init variables: where they are filled in.

func (p *initPlan) lookup(key string) (string, bool) {
	v, ok := p.vars[key]
	return v, ok
}

func (p *initPlan) expand(text string) (string, error) {
	if !strings.Contains(text, "$") {
		return text, nil
	}
	return p.o.Expand(text, p.lookup)
}

// content is a block's content, read and filled.
func (p *initPlan) content(at initSite, c *initContent) (string, bool) {
	text := c.text
	if c.from != "" {
		name, err := p.expand(c.from)
		var b []byte
		if err == nil {
			_, b, err = p.file(at, name)
		}
		if err != nil {
			p.fail(at, c.at, err)
			return "", false
		}
		text = string(b)
	}
	if !c.tmpl {
		return text, true
	}
	text, err := p.o.Expand(text, p.lookup)
	if err != nil {
		p.say(at, c.at, TextOf(err))
	}
	return text, err == nil
}

// expandPlain fills ${key} and ${key?default}; $$ is a dollar.
func expandPlain(text string, lookup func(key string) (string, bool)) (string, error) {
	var out strings.Builder
	for {
		i := strings.IndexByte(text, '$')
		if i < 0 {
			out.WriteString(text)
			return out.String(), nil
		}
		out.WriteString(text[:i])
		text = text[i+1:]
		switch {
		case strings.HasPrefix(text, "$"):
			out.WriteByte('$')
			text = text[1:]
		case strings.HasPrefix(text, "{"):
			body, rest, closed := strings.Cut(text[1:], "}")
			if !closed {
				return "", E("e.cmd.syntax", Text{ZH: "占位符没有结束", EN: "a placeholder has no end"})
			}
			key, dft, _ := strings.Cut(body, "?")
			v, ok := lookup(strings.TrimSpace(key))
			if !ok {
				v = dft
			}
			out.WriteString(v)
			text = rest
		default:
			out.WriteByte('$')
		}
	}
}
