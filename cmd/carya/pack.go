package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/regapi/packs"
)

func packVerb(s *settings) *cobra.Command {
	c := &cobra.Command{
		Use:   "pack",
		Short: s.text("接口包：列出、查看、加入域、比较、升级", "API packs: list them, show one, add one to a domain, compare, upgrade"),
		Args:  cobra.NoArgs,
	}
	c.AddCommand(packList(s), packShow(s), packAdd(s), packDiff(s), packUpgrade(s))
	return c
}

func packList(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: s.text("列出所有接口包", "list the packs"),
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			for _, p := range packs.List() {
				fmt.Fprintf(c.OutOrStdout(), "%-10s %s\n", p.Name, p.Summary.In(s.lang))
			}
			return nil
		},
	}
}

func packShow(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME",
		Short: s.text("查看一个接口包", "show what a pack lays out"),
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := packs.Open(args[0])
			if err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(p.Init)
			return err
		},
	}
}

func packAdd(s *settings) *cobra.Command {
	var vars map[string]string
	c := &cobra.Command{
		Use:   "add NAME DOMAIN",
		Short: s.text("把接口包加入域", "add a pack to a domain"),
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return s.dispatch(c, ctl.Job{Do: "init", Domain: args[1], Argv: args[:1], Vars: vars})
		},
	}
	c.Flags().StringToStringVar(&vars, "var", nil, s.text("初始化变量 k=v", "an init variable k=v"))
	return c
}
