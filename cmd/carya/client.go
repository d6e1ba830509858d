package main

import (
	"bytes"
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/regapi/apidoc"
)

func clientVerb(s *settings) *cobra.Command {
	c := &cobra.Command{
		Use:   "client",
		Short: s.text("为一个域的接口生成客户端", "write a client of a domain's endpoints"),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("client 缺少语言：carya client ts 域名", "client takes a language: carya client ts DOMAIN")
			}
			return usagef("没有 %s 的客户端：只有 ts", "no client in %s: there is ts", args[0])
		},
	}
	c.AddCommand(clientTS(s))
	return c
}

func clientTS(s *settings) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:   "ts DOMAIN [-o FILE]",
		Short: s.text("TypeScript 客户端，一个文件，无依赖", "a TypeScript client, one file without dependencies"),
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var out bytes.Buffer
			job := ctl.Job{Do: "client", Domain: args[0], Lang: s.lang}
			code, err := s.do(c.Context(), job, ctl.Stdio{In: eofReader{}, Out: &out, Err: c.ErrOrStderr()})
			switch {
			case err != nil:
				return err
			case code != 0:
				return exitError(code)
			case file != "":
				return os.WriteFile(file, out.Bytes(), 0o644)
			}
			_, err = out.WriteTo(c.OutOrStdout())
			return err
		},
	}
	c.Flags().StringVarP(&file, "output", "o", "", s.text("写入文件", "write it to FILE"))
	return c
}

// client writes a domain's client.
func (a *app) client(_ context.Context, job ctl.Job, std ctl.Stdio) error {
	d, err := a.pick(job.Domain)
	if err != nil {
		return err
	}
	_, err = std.Out.Write(apidoc.TypeScript(a.handler().Describe(d), job.Lang))
	return err
}
