package main

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func manVerb(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "man [COMMAND [VERB]]",
		Short: s.text("命令手册", "manual of the shell commands"),
		Args:  cobra.MaximumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			reg := newApp(slog.New(slog.DiscardHandler)).registry
			if len(args) == 0 {
				return listManuals(c.OutOrStdout(), s, reg.Commands(), "")
			}
			cmd := reg.Find(args[0])
			if cmd == nil {
				return usagef("没有 %s 的手册%s：carya man 列出所有命令", "no manual for %s%s: carya man lists the commands", args[0], orNear(args[0], reg.Commands()))
			}
			if len(args) > 1 && reg.Find(strings.Join(args, " ")) == nil {
				return usagef("没有 %s 的手册%s", "no manual for %s%s", strings.Join(args, " "), orNear(args[1], cmd.Verbs))
			}
			return printManual(c, s, cmd, args[1:])
		},
	}
}

// orNear is a hint for a wrong name.
func orNear(name string, list []*shell.Command) domain.Text {
	var names []string
	for _, c := range list {
		names = append(names, c.Name)
	}
	if near := shell.Nearest(name, names); near != "" {
		return domain.Textf("（是不是 %s？）", " (did you mean %s?)", near)
	}
	return domain.Text{}
}

// printManual prints a command's page, or that of the verb that words name.
func printManual(c *cobra.Command, s *settings, cmd *shell.Command, words []string) error {
	name := cmd.Name
	for _, v := range cmd.Verbs {
		if slices.Contains(words, v.Name) {
			name += " " + v.Name
			break
		}
	}
	_, err := io.WriteString(c.OutOrStdout(), newApp(slog.New(slog.DiscardHandler)).registry.Man(name, s.lang))
	return err
}

// listManuals prints a line a command, families with their verbs below.
func listManuals(w io.Writer, s *settings, list []*shell.Command, indent string) error {
	for _, cmd := range list {
		if cmd.Hidden {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s%-*s %s\n", indent, 14-len(indent), cmd.Name, cmd.Summary(s.lang)); err != nil {
			return err
		}
		if err := listManuals(w, s, cmd.Verbs, indent+"  "); err != nil {
			return err
		}
	}
	return nil
}
