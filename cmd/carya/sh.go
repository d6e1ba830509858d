package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/caryahq/carya/cmd/carya/ctl"
)

func shVerb(s *settings) *cobra.Command {
	var line string
	var vars map[string]string
	c := &cobra.Command{
		Use:   "sh [DOMAIN] [-c PIPELINE | FILE]",
		Short: s.text("交互式命令行，或执行一行、一个脚本", "talk to a domain; or run a line or a script"),
		Args:  cobra.MaximumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			dom, file := s.domainOrFile(args)
			job := ctl.Job{Do: "script", Domain: dom, Text: line, Vars: vars}
			switch {
			case c.Flags().Changed("c"):
				if file != "" {
					return usagef("sh 只能执行一行（-c）或一个文件（%s），不能同时给出", "sh takes a line (-c) or a file (%s), not both", file)
				}
				return s.dispatch(c, job)
			case file != "":
				return s.runFile(c, job, file)
			case !isTerminal(c.InOrStdin()):
				return s.runFile(c, job, "-")
			}
			return s.interact(c, job)
		},
	}
	c.Flags().StringVarP(&line, "c", "c", "", s.text("执行这一行后退出", "run this line and exit"))
	c.Flags().StringToStringVar(&vars, "var", nil, s.text("变量 k=v，供 ${k} 使用", "a variable k=v, read by ${k}"))
	return c
}

// domainOrFile tells `sh DOMAIN`, `sh FILE` and `sh DOMAIN FILE` apart: a word
// alone is a domain when one of that name lies under the root.
func (s *settings) domainOrFile(args []string) (dom, file string) {
	dom = s.domain
	if len(args) == 2 {
		return args[0], args[1]
	}
	if len(args) == 0 {
		return dom, ""
	}
	if isDir(s.root, args[0]) {
		return args[0], ""
	}
	if _, err := os.Stat(args[0]); err == nil || args[0] == "-" {
		return dom, args[0]
	}
	return args[0], ""
}

func isDir(root, name string) bool {
	st, err := os.Stat(root + "/" + name)
	return err == nil && st.IsDir()
}

// runFile runs a script's file; "-" is the standard input.
func (s *settings) runFile(c *cobra.Command, job ctl.Job, file string) error {
	var text []byte
	var err error
	if file == "-" {
		text, err = io.ReadAll(c.InOrStdin())
		c.SetIn(eofReader{})
	} else {
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return err
	}
	job.Text, job.File = string(text), file
	return s.dispatch(c, job)
}

type eofReader struct{}

func (eofReader) Read([]byte) (int, error) { return 0, io.EOF }

func isTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
