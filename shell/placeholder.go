package shell

import (
	"github.com/caryahq/carya/shell/syntax"
)

// placeholder is a compiled ${…}.
type placeholder struct {
	keys       []key
	format     format // nil without
	hasDefault bool
	def        string
	defKey     *key
	safe       bool // the format escapes
}

// compilePlaceholder makes a placeholder ready; a format that does not exist or
// cannot be read is an error.
func compilePlaceholder(p *syntax.Placeholder) (*placeholder, error) {
	out := &placeholder{hasDefault: p.HasDefault, def: p.Default}
	for _, k := range p.Keys {
		out.keys = append(out.keys, makeKey(k))
	}
	if p.DefaultKey != nil {
		k := makeKey(*p.DefaultKey)
		out.defKey = &k
	}
	if p.Format == nil {
		return out, nil
	}
	var err error
	out.format, err = compileFormat(p.Format)
	out.safe = p.Format.Type == htmlType
	return out, err
}

// value is what the placeholder stands for. The first key that exists counts,
// then the default: another key's value is formatted like the first's, a text is
// taken as it stands. Data that does not fit the format gives the default text, or
// else its own text. What does not exist is empty.
func (p *placeholder) value(v Vars) Value {
	val, ok := p.find(v)
	if !ok {
		return Value{Text: p.def}
	}
	if p.format == nil {
		return val
	}
	if out, fits := p.format(val); fits {
		return out
	}
	if p.hasDefault && p.defKey == nil {
		return Value{Text: p.def}
	}
	return Value{Text: val.text()}
}

func (p *placeholder) find(v Vars) (Value, bool) {
	if v == nil {
		return Value{}, false
	}
	for i := range p.keys {
		if val, ok := p.keys[i].find(v); ok {
			return val, true
		}
	}
	if p.defKey != nil {
		return p.defKey.find(v)
	}
	return Value{}, false
}
