package cmds

import (
	"io"
	"strings"

	"github.com/caryahq/carya/shell"
)

func echo() *shell.Command {
	return &shell.Command{
		Name:   "echo",
		Manual: manual("echo"),
		Params: []shell.Param{{
			Name: "WORD", Optional: true, Repeat: true,
			Help: both("what to print", "要打印的文字"),
		}},
		Options: []shell.Option{
			flag("n", "no newline at the end", "末尾不换行"),
			flag("e", `read \n \t \r \0 and \\ in the script's own text`, `解释脚本文字里的 \n \t \r \0 和 \\`),
		},
		Run: runEcho,
	}
}

func runEcho(c *shell.Call) error {
	var b strings.Builder
	for i, a := range c.Args(0) {
		if i > 0 {
			b.WriteByte(' ')
		}
		for text, data := range a.Pieces() {
			if c.Has("e") && !data {
				text = escapes.Replace(text)
			}
			b.WriteString(text)
		}
	}
	if !c.Has("n") {
		b.WriteByte('\n')
	}
	_, err := io.WriteString(c.Out, b.String())
	return err
}

var escapes = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r", `\0`, "\x00", `\\`, `\`)
