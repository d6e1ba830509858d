package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/wish"
)

// maxWishes is how many wishes are told at the start; `carya check` tells a domain
// all of its own.
const maxWishes = 20

// startTelling tells all wishes beside what else the server does: reading many
// domains' settings takes a while. stop waits for it.
func (a *app) startTelling(l domain.Lang, w io.Writer) (stop func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		var text bytes.Buffer
		a.tellAllWishes(l, &text)
		text.WriteTo(w)
	}()
	return func() { <-done }
}

// tellAllWishes says what the domains ask for and were not granted, with the
// commands: in a root from before grants, what worked and does no longer.
func (a *app) tellAllWishes(l domain.Lang, w io.Writer) {
	told, more := 0, 0
	for _, list := range wish.All(a.root) {
		for _, one := range list {
			if told == maxWishes {
				more++
				continue
			}
			if told++; told == 1 {
				fmt.Fprintln(w, domain.Text{ZH: "以下需由运营者授予才有效（见 docs/operators.md）：", EN: "these need the operator's grant to count (docs/operators.md):"}.In(l))
			}
			fmt.Fprintf(w, "  %s: %s\n", one.Domain, one.Text().In(l))
		}
	}
	if more > 0 {
		fmt.Fprintf(w, domain.Text{ZH: "  还有 %d 项：carya check 列出全部\n", EN: "  and %d more: carya check tells them all\n"}.In(l), more)
	}
}

// tellWishes says what one domain asks for and was not granted.
func (a *app) tellWishes(name string, l domain.Lang, w io.Writer) error {
	d, err := a.root.Domain(name)
	if err != nil {
		return err
	}
	for _, one := range wish.Of(d) {
		fmt.Fprintf(w, "%s: %s\n", name, one.Text().In(l))
	}
	return nil
}
