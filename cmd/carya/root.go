package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// rootCommand is the whole command line: one explicit list of verbs, and every
// shell command as a verb.
func rootCommand(s *settings, io stdio) *cobra.Command {
	root := &cobra.Command{
		Use:           "carya [--root DIR] [-d DOMAIN] [--lang zh-CN|en] VERB …",
		Short:         s.text("一个程序，承载许多域", "one binary that hosts many domains"),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownVerb(c, args[0])
			}
			return c.Help()
		},
	}
	root.PersistentFlags().AddFlagSet(globalFlags(s))
	root.SetIn(io.in)
	root.SetOut(io.out)
	root.SetErr(io.err)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return wrongFlags(err) })

	own := []*cobra.Command{
		backupVerb(s), checkVerb(s), clientVerb(s), cronVerb(s), doctorVerb(s), grantVerb(s), hashWorker(),
		initVerb(s), manVerb(s), packVerb(s),
		restoreVerb(s), serveVerb(s), shVerb(s), testVerb(s), traceVerb(s), versionVerb(s),
	}
	group(root, "own", s.text("管理：", "Run and look after domains:"), own)
	for _, c := range own {
		strictArgs(c)
	}
	group(root, "shell", s.text("域内命令（作用于 -d 指定的域）：", "Commands inside a domain (of -d):"), shellVerbs(s))
	return root
}

// strictArgs makes a wrong number of words a wrong usage, for a verb and those
// below it.
func strictArgs(c *cobra.Command) {
	for _, sub := range c.Commands() {
		strictArgs(sub)
	}
	check := c.Args
	if check == nil {
		return
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usagef("参数个数不对\n用法：%[1]s", "%[2]v\nusage: %[1]s", c.UseLine(), err)
		}
		return nil
	}
}

func group(root *cobra.Command, id, title string, verbs []*cobra.Command) {
	root.AddGroup(&cobra.Group{ID: id, Title: title})
	for _, v := range verbs {
		v.GroupID = id
	}
	root.AddCommand(verbs...)
}

// wrongFlags says what is wrong with the options.
func wrongFlags(err error) error {
	en := err.Error()
	switch e := err.(type) {
	case *pflag.NotExistError:
		return usagef("没有这个选项：%[2]s", "%[1]s", en, e.GetSpecifiedName())
	case *pflag.ValueRequiredError:
		return usagef("选项缺少值：%[2]s", "%[1]s", en, e.GetSpecifiedName())
	case *pflag.InvalidValueError:
		return usagef("选项 --%[2]s 的值不合法：%[3]q", "%[1]s", en, e.GetFlag().Name, e.GetValue())
	case *pflag.InvalidSyntaxError:
		return usagef("选项写法不对：%[2]s", "%[1]s", en, e.GetSpecifiedFlag())
	}
	return wrongUsage(err)
}

func unknownVerb(c *cobra.Command, name string) error {
	hint := domain.Text{}
	var names []string
	for _, v := range c.Commands() {
		names = append(names, v.Name())
	}
	if near := shell.Nearest(name, names); near != "" {
		hint = domain.Textf("，是不是 %s？", "; did you mean %s?", near)
	}
	return usagef("没有这个命令：%s%s（carya help 列出全部）", "no such verb: %s%s; carya help lists them", name, hint)
}
