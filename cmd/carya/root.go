package main

import (
	"fmt"

	"github.com/spf13/cobra"

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
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usagef("%v", err) })

	own := []*cobra.Command{
		backupVerb(s), checkVerb(s), clientVerb(s), cronVerb(s), doctorVerb(s), hashWorker(),
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
			return usagef("%v\nusage: %s", err, c.UseLine())
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

func unknownVerb(c *cobra.Command, name string) error {
	msg := fmt.Sprintf("no such verb: %s", name)
	var names []string
	for _, v := range c.Commands() {
		names = append(names, v.Name())
	}
	if near := shell.Nearest(name, names); near != "" {
		msg += "; did you mean " + near + "?"
	}
	return usageError{msg + "; carya help lists them"}
}
