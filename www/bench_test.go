package www

import (
	"io"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// BenchmarkCheckme runs the endpoint's line as an endpoint does, its two
// placeholders filled in.
func BenchmarkCheckme(b *testing.B) {
	w := newWorld(b)
	vars := shell.MapVars{"site": w.site().ID, "ticket": w.signIn("xiaobai")}
	script, err := w.reg.CompileText(`www checkme ${site} ${ticket?-nil-} -ajax -cqn`, shell.CompileOptions{Endpoint: true})
	if err != nil {
		b.Fatal(err)
	}
	env := shell.Env{Domain: w.d, Who: domain.API, Lang: domain.EN, Vars: vars, Request: &domain.Request{}, Out: io.Discard}
	b.ReportAllocs()
	for b.Loop() {
		if err := script.Run(b.Context(), &env); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCan asks for one action of a person with two roles.
func BenchmarkCan(b *testing.B) {
	w := newWorld(b)
	w.owner().must(`www role ~/www member -new '{pvg:{"order.*":true,"order.delete":false}}'`)
	w.owner().must(`www role ~/www buyer -new '{pvg:{"page.read":true}}'`)
	w.owner().must(`www account ~/www xiaobai -u '{role:["member","buyer"]}'`)
	id, err := w.s.Identify(b.Context(), w.d, domain.Ref{ID: w.site().ID}, w.signIn("xiaobai"))
	if err != nil {
		b.Fatal(err)
	}
	actions := []string{"order.read"}
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := w.s.Can(b.Context(), w.d, id, actions, false); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
