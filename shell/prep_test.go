package shell

import (
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
)

func TestBlocksTakeOuterDataAsCapturedPieces(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	for _, h := range hostile {
		vars := MapVars{"x": h, "$${y}": "wrong"}
		got := "arg " + quoted2(h) + " data=true\narg " + quoted2("<"+h+">") + " data=false\n"
		expect(t, reg, `try 'spy ${x} "<${x}>"'`, vars, got)
		expect(t, reg, `try "try 'spy ${x} \"<${x}>\"'"`, vars, got)
		expect(t, reg, `try try spy ${x} '<${x}>'`, vars, got)
		expect(t, reg, `try run try spy ${x} '<${x}>'`, vars, got)
		expect(t, reg, `try 'echo -n ${x} | cat; echo -n "$(echo -n ${x})x" ${x}'`, vars, h+strings.TrimRight(h, "\n")+"x "+h)
		expect(t, reg, `try 'try echo -n $(echo -n ${x})z'`, vars, strings.TrimRight(h, "\n")+"z")
		expect(t, reg, `json '{v:"${x}"}' | run spy $${v} "$${v}${x}"`, vars, textOnly(h, "arg "+quoted2(h)+" data=true\narg "+quoted2(h+h)+" data=false\n"))
	}
}

func TestBlocksRefuseOuterDataThatIsNoPieceOfAWord(t *testing.T) {
	t.Parallel()
	reg := testRegistry()
	for src, code := range map[string]string{
		"try 'echo a # ${x}'":          "e.cmd.syntax", // in a comment
		"try 'echo $${a?${x}}'":        "e.cmd.syntax", // in another placeholder
		"try '${x} a'":                 "e.cmd.noexists",
		"try '${x}'":                   "e.cmd.noexists",
		"try ${x}":                     "e.cmd.noexists",
		"try 'echo a | ${x}'":          "e.cmd.noexists",
		"try 'spy -${x}'":              "e.cmd.option",
		"try 'echo (a'":                "e.cmd.syntax",
		"try 'nope; echo'":             "e.cmd.noexists",
		"try ''":                       "",
		"try 'echo $(echo ${x}) ${y}'": "",
	} {
		_, err := reg.CompileText(src, CompileOptions{})
		if got := domain.CodeOf(err); got != code {
			t.Errorf("%s: %v, want %q", src, err, code)
		}
	}
}
