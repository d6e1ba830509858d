package cmds

import (
	"io"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thingSeq is `thing SET seq NAME`.
func thingSeq(d Deps) *shell.Command {
	return &shell.Command{
		Name:   "seq",
		Manual: manual("thingseq"),
		Params: []shell.Param{setParam(), {Name: "NAME", Help: both("the sequence", "序列名")}},
		Options: []shell.Option{
			option("as", "FORMAT", shell.Text, "{yyyy} {yy} {MM} {dd} {HH} and the number {0000}; else {0}", "格式：{yyyy} {yy} {MM} {dd} {HH} 与序号 {0000}，默认 {0}"),
			option("for", "ID", shell.Text, "the business that the number is for: no gaps, and the same number for the same ID", "业务 id：不断号，同一 id 总得到同一号码"),
			shell.AjaxOption(),
		},
		Writes: true,
		Run: withSet(d, func(c *shell.Call, set *thingset.Set) error {
			if c.Has("for") && c.Opt("for").Text() == "" {
				return domain.E("e.cmd.arg", domain.Text{ZH: "-for 是空的", EN: "-for is empty"})
			}
			text, err := set.Serial(c.Context(), thingset.Serial{
				Name: c.Arg(1).Text(), Format: c.Opt("as").Text(), For: c.Opt("for").Text(),
			})
			switch {
			case err != nil:
				return err
			case c.Has("ajax"):
				return c.Reply([]byte(quoted(text)))
			}
			_, err = io.WriteString(c.Out, text+"\n")
			return err
		}),
	}
}
