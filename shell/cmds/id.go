package cmds

import (
	"bufio"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func id() *shell.Command {
	return makes("id", domain.NewID)
}

// makes is a command that prints new texts, one on a line.
func makes(name string, one func() string) *shell.Command {
	return &shell.Command{
		Name:    name,
		Manual:  manual(name),
		Options: []shell.Option{option("n", "COUNT", shell.Int, "how many (1)", "个数，默认 1")},
		Run:     func(c *shell.Call) error { return printNew(c, one) },
	}
}

// maxNew bounds how many texts one call makes.
const maxNew = 10_000

func printNew(c *shell.Call, one func() string) error {
	n, err := wholeNumber(c, "n", 1)
	if err != nil {
		return err
	}
	if n > maxNew {
		return domain.E("e.cmd.arg", domain.Textf("-n 最大 %v", "-n is at most %v", maxNew))
	}
	out := bufio.NewWriter(c.Out)
	for i := range n {
		if err := lasts(c, i); err != nil {
			return err
		}
		if _, err := out.WriteString(one() + "\n"); err != nil {
			return err
		}
	}
	return out.Flush()
}
