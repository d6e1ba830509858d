package shell

import "strings"

// Usage is the command's usage line: `cat [PATH…]`. A family has one line for
// each verb. A verb's own line is known to its family only (see
// Registry.Usage), for its name may stand between its words.
func (c *Command) Usage() string {
	if c.Verbs == nil {
		return usageLine(nil, c)
	}
	var lines []string
	for _, v := range c.Verbs {
		if !v.Hidden {
			lines = append(lines, usageLine(c, v))
		}
	}
	return strings.Join(lines, "\n")
}

// Usage is the usage of "cat", "www" or "www checkme"; "" when there is no such
// command.
func (r *Registry) Usage(name string) string {
	c := r.Find(name)
	switch {
	case c == nil:
		return ""
	case r.byName[name] == nil:
		family, _, _ := strings.Cut(name, " ")
		return usageLine(r.byName[family], c)
	}
	return c.Usage()
}

// usageLine is `thing SET get ID [-c]`; family is nil for a plain command.
func usageLine(family, c *Command) string {
	var words []string
	if family != nil {
		words = append(words, family.Name)
	}
	at := 0
	if family != nil {
		at = family.VerbAt
	}
	for i, p := range c.Params {
		if i == at {
			words = append(words, c.Name)
		}
		words = append(words, p.usage())
	}
	if len(c.Params) <= at {
		words = append(words, c.Name)
	}
	return strings.Join(append(words, optionUsages(c.Options)...), " ")
}

func (p Param) usage() string {
	s := p.Name
	if p.Repeat {
		s += "…"
	}
	if p.Optional {
		s = "[" + s + "]"
	}
	return s
}

// optionUsages are the options as the usage line shows them, the one-letter
// flags joined at the end.
func optionUsages(os []Option) (out []string) {
	flags := ""
	for _, o := range os {
		switch {
		case o.Arity == None && len(o.Name) == 1:
			flags += o.Name
		default:
			out = append(out, "["+o.usage()+"]")
		}
	}
	if flags != "" {
		out = append(out, "[-"+flags+"]")
	}
	return out
}

func (o Option) usage() string {
	arg := o.Arg
	if arg == "" {
		arg = "VALUE"
	}
	switch o.Arity {
	case Required:
		return "-" + o.Name + " " + arg
	case Optional:
		return "-" + o.Name + " [" + arg + "]"
	}
	return "-" + o.Name
}
