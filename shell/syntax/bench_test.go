package syntax

import "testing"

// scripts are the pipelines of the seed's endpoints.
var scripts = []string{
	"obj ~/www -cqn\n",
	"www checkme id:${http-qs-site?unkonw} ${http-qs-ticket?-nil-} -ajax -cqn\n",
	"cat id:${id} \\\n  | www checkme id:${http-qs-site?unkonw} ${http-qs-ticket?-nil-} -u -ajax -cqn\n",
	"www account id:${http-qs-site?unkonw} ${http-qs-uid?-nil-} -ajax -cqn\n",
	"httpparam -in id:${id} | run www auth $${site?~/www} $${name?} -p $${passwd?} -ajax -cqn\n",
}

func BenchmarkParseSeedScripts(b *testing.B) {
	n := 0
	for _, s := range scripts {
		n += len(s)
	}
	b.SetBytes(int64(n))
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range scripts {
			if _, err := Parse(s, Pos{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkParseTemplate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseTemplate("id:${http-qs-site?unkonw}/x", Pos{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPrintSeedScripts(b *testing.B) {
	var ps []*Program
	for _, s := range scripts {
		p, err := Parse(s, Pos{})
		if err != nil {
			b.Fatal(err)
		}
		ps = append(ps, p)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range ps {
			_ = p.String()
		}
	}
}
