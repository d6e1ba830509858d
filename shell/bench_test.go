package shell

import (
	"io"
	"testing"

	"github.com/caryahq/carya/domain"
)

// benchRegistry has commands that do next to nothing, so that the engine is
// what is measured.
func benchRegistry() *Registry {
	answer := []byte(`{"id":"d1abcdefghijklmnopqr","ticket":"x"}`)
	return testRegistry(
		&Command{Name: "answer", Params: []Param{{Name: "SITE", Type: Ref}, {Name: "TICKET"}}, Options: append(JSONOptions(), AjaxOption()), Run: func(c *Call) error {
			if _, err := c.Arg(0).Ref(); err != nil {
				return err
			}
			if c.Arg(1).Text() == "" {
				return domain.E("e.www.api.auth.nologin")
			}
			return c.Reply(answer)
		}},
		&Command{Name: "pass", Reads: true, Run: func(c *Call) error {
			b, err := c.ReadInput(0)
			if err != nil {
				return err
			}
			_, err = c.Out.Write(b)
			return err
		}})
}

const oneStage = "answer id:${http-qs-site?unkonw} ${http-qs-ticket?-nil-} -ajax -cqn"

var benchVars = MapVars{"http-qs-site": "d1abcdefghijklmnopqr", "http-qs-ticket": "0123456789abcdef0123456789abcdef"}

func benchmarkRun(b *testing.B, src string) {
	s := mustCompile(b, benchRegistry(), src)
	env := &Env{Who: domain.API, Vars: benchVars, Out: io.Discard}
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Run(b.Context(), env); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRunOneStage(b *testing.B)   { benchmarkRun(b, oneStage) }
func BenchmarkRunFiveStages(b *testing.B) { benchmarkRun(b, oneStage+" | pass | pass | pass | pass") }
func BenchmarkRunTemplate(b *testing.B) {
	benchmarkRun(b, "reply '{site:${http-qs-site}}' -cqn | run answer id:$${site} ${http-qs-ticket} -ajax -cqn")
}

func BenchmarkCompile(b *testing.B) {
	reg := benchRegistry()
	b.ReportAllocs()
	for b.Loop() {
		mustCompile(b, reg, oneStage)
	}
}

func BenchmarkStream(b *testing.B) {
	reg := testRegistry(many(100_000), count())
	s := mustCompile(b, reg, "many | cat | count")
	b.SetBytes(10_000_000)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Run(b.Context(), &Env{Who: domain.Owner}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestRunOneStageAllocates(t *testing.T) {
	s := mustCompile(t, benchRegistry(), oneStage)
	env := &Env{Who: domain.API, Vars: benchVars, Out: io.Discard}
	n := testing.AllocsPerRun(200, func() {
		if err := s.Run(t.Context(), env); err != nil {
			t.Fatal(err)
		}
	})
	if n > 4 {
		t.Errorf("%.0f allocations, at most 4 are planned", n)
	}
}
