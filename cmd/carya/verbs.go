package main

import (
	"log/slog"
	"slices"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/shell"
)

// shellVerbs makes every shell command a verb. Their words go to the shell as
// they stand: it knows its own options.
func shellVerbs(s *settings) []*cobra.Command {
	var verbs []*cobra.Command
	for _, cmd := range newApp(slog.New(slog.DiscardHandler)).registry.Commands() {
		if cmd.Hidden || cmd.Name == "man" {
			continue
		}
		verbs = append(verbs, shellVerb(s, cmd))
	}
	return verbs
}

func shellVerb(s *settings, cmd *shell.Command) *cobra.Command {
	return &cobra.Command{
		Use:                cmd.Name,
		Short:              cmd.Summary(s.lang),
		DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			if slices.Contains(args, "--help") {
				return printManual(c, s, cmd, args)
			}
			argv := []string{cmd.Name}
			for _, word := range args {
				argv = append(argv, s.unexpand(word))
			}
			return s.withOSFile(c, argv, func(argv []string) error {
				return s.dispatch(c, ctl.Job{Do: "run", Argv: argv})
			})
		},
	}
}
