package cmds

import (
	"strings"

	"github.com/caryahq/carya/shell"
)

func write() *shell.Command {
	return &shell.Command{
		Name:   "write",
		Manual: manual("write"),
		Reads:  true,
		Writes: true,
		Params: []shell.Param{
			{Name: "PATH", Type: shell.Ref, Help: both("the file", "文件路径")},
			{Name: "TEXT", Optional: true, Repeat: true, Help: both("the content; without it, the pipe", "内容，不给则读管道")},
		},
		Options: []shell.Option{flag("a", "add to the end", "追加到末尾")},
		Run:     runWrite,
	}
}

func runWrite(c *shell.Call) error {
	t, p, err := pathOf(c, c.Arg(0))
	if err != nil {
		return err
	}
	in := withContext(c, c.In)
	if c.NArg() > 1 {
		in = strings.NewReader(joined(c.Args(1)))
	}
	if c.Has("a") {
		data, err := c.ReadAll(in, shell.MaxInput)
		if err != nil {
			return err
		}
		return t.Append(p, data)
	}
	w, err := t.Create(p)
	if err != nil {
		return err
	}
	defer w.Close()
	if err := copyTo(w, in); err != nil {
		return err
	}
	return w.Commit()
}

// joined is words with one blank between them.
func joined(args []shell.Arg) string {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = a.Text()
	}
	return strings.Join(words, " ")
}
