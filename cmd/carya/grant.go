package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/caryahq/carya/cmd/carya/ctl"
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset/history"
)

// grantVerb is the operator's: no script and no command inside a domain grants
// anything.
func grantVerb(s *settings) *cobra.Command {
	var revoke bool
	c := &cobra.Command{
		Use:   "grant DOMAIN host NAME | network CIDR[:PORT] | env NAME | owner NAME | share KEY=VALUE [--revoke]",
		Short: s.text("运营者授予域：主机名、内网、环境变量、所有者、份额", "what the operator allows a domain: hosts, networks, variables, its owner, shares"),
		Long:  s.text(grantHelpZH, grantHelp),
		RunE: func(c *cobra.Command, args []string) error {
			change, err := readGrant(args, revoke)
			if err != nil {
				return err
			}
			return s.dispatch(c, ctl.Job{Do: "grant", Domain: args[0], Argv: []string{change.Kind, change.Value}, Vars: map[string]string{"revoke": fmt.Sprint(revoke)}})
		},
	}
	c.Flags().BoolVar(&revoke, "revoke", false, s.text("收回授权", "take the grant back"))
	c.AddCommand(grantList(s))
	return c
}

const grantHelp = `What a domain says in its own folder counts inside of it. What reaches beyond it is
the operator's word, kept in ROOT/.carya/operator.json; a change counts at once, also
with a running server:

  carya grant shop host shop.example.com     the host is the domain shop; the first grant wins
  carya grant shop network 10.1.0.0/16       its scripts and senders may reach these addresses
  carya grant shop network 127.0.0.1:9000    … of one port; a port of this server needs it
  carya grant shop env SMTP_PASSWD           its settings may name the variable (env:SMTP_PASSWD)
  carya grant shop owner xiaobai             domains of one owner trust each other's pages
  carya grant shop share slots=64            of what the server has: slots, body, disk, streams, cron
  carya grant shop host shop.example.com --revoke
  carya grant list [DOMAIN]

NAME.localhost always is the domain NAME. "carya check shop" tells what shop asks for
and was not granted.`

const grantHelpZH = `域在自己目录里写的，只在域内有效；超出域的，由运营者说了算，保存在
ROOT/.carya/operator.json 中。改动立即生效，服务运行时也一样：

  carya grant shop host shop.example.com     该主机名就是域 shop；先授予者得
  carya grant shop network 10.1.0.0/16       它的脚本与消息发送可以访问这些地址
  carya grant shop network 127.0.0.1:9000    …只限一个端口；本服务自己的端口必须这样写明
  carya grant shop env SMTP_PASSWD           它的设置可以引用该环境变量（env:SMTP_PASSWD）
  carya grant shop owner xiaobai             同一所有者的域，页面彼此信任
  carya grant shop share slots=64            占用服务的份额：slots、body、disk、streams、cron
  carya grant shop host shop.example.com --revoke
  carya grant list [域]

NAME.localhost 总是域 NAME。“carya check shop” 列出 shop 想要而未获授权的。`

// readGrant reads DOMAIN KIND VALUE; an owner is taken back without a value.
func readGrant(args []string, revoke bool) (c grant.Change, err error) {
	if len(args) == 2 && revoke && args[1] == "owner" {
		args = append(args, "")
	}
	if len(args) != 3 {
		return c, usagef("grant 的用法：carya grant 域 %s 值（carya grant --help）", "usage: carya grant DOMAIN %s VALUE (carya grant --help)", strings.Join(grant.Kinds(), "|"))
	}
	return grant.Change{Kind: args[1], Value: args[2], Revoke: revoke}, nil
}

func grantList(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "list [DOMAIN]",
		Short: s.text("列出授权，每行可用于 carya grant", "list the grants, each line as carya grant takes it"),
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.dispatch(c, ctl.Job{Do: "grants", Argv: args})
		},
	}
}

// grant changes what the operator allows a domain.
func (a *app) grant(_ context.Context, job ctl.Job, std ctl.Stdio) error {
	if len(job.Argv) != 2 {
		return usagef("grant：缺少参数", "grant: words are missing")
	}
	a.tellOdd(job.Lang, std.Err)
	c := grant.Change{Kind: job.Argv[0], Value: job.Argv[1], Revoke: job.Vars["revoke"] == "true"}
	changed, err := a.root.Grant(job.Domain, c)
	if err != nil {
		return err
	}
	a.auditGrant(job.Domain, c, changed)
	fmt.Fprintln(std.Out, grantSaid(job.Domain, c, changed).In(job.Lang))
	return nil
}

// tellOdd says what stands in operator.json and does not count as it stands there.
func (a *app) tellOdd(l domain.Lang, w io.Writer) {
	for _, f := range a.root.OperatorOdd() {
		fmt.Fprintln(w, f.In(l))
	}
}

func grantSaid(name string, c grant.Change, changed bool) domain.Text {
	what := strings.TrimSpace(c.Kind + " " + c.Value)
	switch {
	case c.Revoke && changed:
		return domain.Textf("已收回 %s：%s", "%s: taken back: %s", name, what)
	case c.Revoke:
		return domain.Textf("%s 本无此授权：%s", "%s: was not granted: %s", name, what)
	case changed:
		return domain.Textf("已授予 %s：%s", "%s: granted: %s", name, what)
	}
	return domain.Textf("%s 已有此授权：%s", "%s: granted already: %s", name, what)
}

// auditGrant writes a change of the operator's down in the domain's audit, if there
// still is the domain.
func (a *app) auditGrant(name string, c grant.Change, changed bool) {
	d, err := a.root.Domain(name)
	if err != nil || !changed {
		return
	}
	act := "grant"
	if c.Revoke {
		act = "revoke"
	}
	b := relaxed.AppendString([]byte(`{"act":`), act)
	b = relaxed.AppendString(append(b, `,"ok":true,"who":"operator","what":`...), strings.TrimSpace(c.Kind+" "+c.Value))
	if _, err := history.Of(d).Add(history.Audit, append(b, '}'), 0); err != nil {
		a.log.Error("an event could not be written down", "domain", name, "act", act, "err", err)
	}
}

// grants prints what the operator has granted, a line each.
func (a *app) grants(_ context.Context, job ctl.Job, std ctl.Stdio) error {
	if err := a.root.OperatorFault(); err != nil {
		return err
	}
	a.tellOdd(job.Lang, std.Err)
	t := a.root.Operator().Table()
	names := t.Names()
	if len(job.Argv) > 0 {
		names = job.Argv
		if !a.root.Has(names[0]) && len(t.Lines(names[0])) == 0 {
			return domain.E("e.domain.noexists", names[0])
		}
	}
	for _, name := range names {
		for _, line := range t.Lines(name) {
			fmt.Fprintln(std.Out, line)
		}
	}
	if len(job.Argv) > 0 {
		fmt.Fprintf(std.Err, domain.Text{ZH: "份额：%v\n", EN: "shares: %v\n"}.In(job.Lang), t.Of(names[0]).Shares)
	}
	return nil
}

// grantHosts grants the hosts that `carya init --host` names.
func (a *app) grantHosts(job ctl.Job, out io.Writer) error {
	for _, host := range job.Hosts {
		c := grant.Change{Kind: "host", Value: host}
		changed, err := a.root.Grant(job.Domain, c)
		if err != nil {
			return err
		}
		a.auditGrant(job.Domain, c, changed)
		if changed {
			fmt.Fprintln(out, grantSaid(job.Domain, c, true).In(job.Lang))
		}
	}
	return nil
}

// checkHosts refuses hosts that cannot be granted before anything is made.
func (a *app) checkHosts(job ctl.Job) error {
	for _, host := range job.Hosts {
		if err := a.root.CheckGrant(job.Domain, grant.Change{Kind: "host", Value: host}); err != nil {
			return err
		}
	}
	return nil
}

// tellGrantsBefore says that a name that is new has grants: of a domain that was
// removed, say.
func (a *app) tellGrantsBefore(name string, l domain.Lang, w io.Writer) {
	if len(a.root.Operator().Table().Lines(name)) > 0 {
		fmt.Fprintf(w, domain.Text{ZH: "注意：域 %[1]s 已有授权：carya grant list %[1]s\n", EN: "note: the domain %[1]s has grants already: carya grant list %[1]s\n"}.In(l), name)
	}
}
