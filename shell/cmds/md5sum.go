package cmds

import (
	"crypto/md5"

	"github.com/caryahq/carya/shell"
)

func md5sum() *shell.Command {
	return &shell.Command{
		Name:    "md5sum",
		Manual:  manual("md5sum"),
		Reads:   true,
		Params:  []shell.Param{sourcesParam()},
		Options: hashOptions()[:1],
		Run:     func(c *shell.Call) error { return digest(c, md5.New) },
	}
}
