package cmds

import (
	"io"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func BenchmarkPipelines(b *testing.B) {
	r := request("", nil, domain.Param{Name: "site", Value: "s"}, domain.Param{Name: "name", Value: "bai", Body: true}, domain.Param{Name: "passwd", Value: "123", Body: true})
	for name, src := range map[string]string{
		"echo":          "echo ${id}",
		"obj":           "obj ~/www -cqn",
		"obj-ajaxre":    "obj ~/www -cqn | ajaxre -cqn",
		"httpparam-run": "httpparam -in id:${id} | run echo $${site?~/www} $${name?} -- $${passwd?}",
		"json-five":     "echo '{a:[{x:1},{x:2}]}' | json -get a | json -val x | json -put list | ajaxre -cqn",
		"if":            "httpparam -in id:${id} | if '{name:\"b*\"}' echo $${name} else echo no",
		"each-ten":      "echo '[1,2,3,4,5,6,7,8,9,10]' | each echo $${it}",
	} {
		b.Run(name, func(b *testing.B) {
			d := fresh(b)
			if err := d.Tree(domain.Owner).Mkdir("www"); err != nil {
				b.Fatal(err)
			}
			s, err := registry().CompileText(src, shell.CompileOptions{Endpoint: true})
			if err != nil {
				b.Fatal(err)
			}
			env := shell.Env{Domain: d, Request: r, Vars: shell.MapVars{"id": r.ID}, Out: io.Discard}
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Run(b.Context(), &env); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
