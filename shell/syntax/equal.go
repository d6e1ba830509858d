package syntax

import (
	"slices"
	"strings"
)

// Equal reports whether two programs mean the same. Positions, comments, the
// way of quoting, the splitting of literal text and the source of placeholders
// do not count.
func Equal(a, b *Program) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.EqualFunc(a.Pipelines, b.Pipelines, equalPipelines)
}

func equalPipelines(a, b *Pipeline) bool {
	return slices.EqualFunc(a.Commands, b.Commands, func(a, b *Command) bool {
		return slices.EqualFunc(a.Words, b.Words, equalWords)
	}) && equalRedirects(a.Redirect, b.Redirect)
}

func equalRedirects(a, b *Redirect) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Append == b.Append && equalWords(a.Target, b.Target)
}

func equalWords(a, b *Word) bool {
	return slices.EqualFunc(merged(a.Pieces), merged(b.Pieces), equalPieces)
}

// merged joins adjacent literals and leaves out empty ones.
func merged(ps []Piece) []Piece {
	var out []Piece
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			out = append(out, &Lit{Text: text.String()})
			text.Reset()
		}
	}
	for _, p := range ps {
		if l, ok := p.(*Lit); ok {
			text.WriteString(l.Text)
			continue
		}
		flush()
		out = append(out, p)
	}
	flush()
	return out
}

func equalPieces(a, b Piece) bool {
	switch a := a.(type) {
	case *Lit:
		b, ok := b.(*Lit)
		return ok && a.Text == b.Text
	case *Subst:
		b, ok := b.(*Subst)
		return ok && Equal(a.Program, b.Program)
	case *Placeholder:
		b, ok := b.(*Placeholder)
		return ok && equalPlaceholders(a, b)
	}
	return false
}

func equalPlaceholders(a, b *Placeholder) bool {
	return slices.EqualFunc(a.Keys, b.Keys, equalKeys) && equalFormats(a.Format, b.Format) &&
		a.HasDefault == b.HasDefault && a.Default == b.Default && equalDefaultKeys(a.DefaultKey, b.DefaultKey)
}

func equalKeys(a, b Key) bool { return a.Name == b.Name && slices.Equal(a.Steps, b.Steps) }

func equalDefaultKeys(a, b *Key) bool {
	if a == nil || b == nil {
		return a == b
	}
	return equalKeys(*a, *b)
}

func equalFormats(a, b *Format) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Type == b.Type && slices.Equal(a.Map, b.Map) && (a.Map != nil || a.Spec == b.Spec)
}
