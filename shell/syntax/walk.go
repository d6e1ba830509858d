package syntax

// Walk calls f for p and everything below it, in the order of the text: a
// *Program, *Pipeline, *Command, *Redirect, *Word, *Lit, *Placeholder or
// *Subst. When f answers false, what is below that node is left out.
func Walk(p *Program, f func(node any) bool) {
	if p == nil || !f(p) {
		return
	}
	for _, pl := range p.Pipelines {
		walkPipeline(pl, f)
	}
}

func walkPipeline(pl *Pipeline, f func(any) bool) {
	if !f(pl) {
		return
	}
	for _, c := range pl.Commands {
		if !f(c) {
			continue
		}
		for _, w := range c.Words {
			walkWord(w, f)
		}
	}
	if r := pl.Redirect; r != nil && f(r) {
		walkWord(r.Target, f)
	}
}

func walkWord(w *Word, f func(any) bool) {
	if !f(w) {
		return
	}
	for _, p := range w.Pieces {
		if s, ok := p.(*Subst); f(p) && ok {
			Walk(s.Program, f)
		}
	}
}
