package www

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// The permissions that requests need; the owner needs none.
const (
	mayList = "account.list" // see others' fields, list accounts
	mayEdit = "account.edit" // make accounts and change others' fields
)

// listLimit is how many accounts a list shows unless -limit says otherwise.
const listLimit = 50

// requestLimit is how many a request may list; -limit 0 is as many.
const requestLimit = 1000

// accountVerb is `www account SITE [USER | '{match}']`.
func (s *Service) accountVerb() *shell.Command {
	text := func(zh, en string) domain.Text { return domain.Text{ZH: zh, EN: en} }
	return &shell.Command{
		Name:   "account",
		Manual: manual("account"),
		Params: []shell.Param{siteParam(), {
			Name: "USER", Type: shell.Match, Optional: true,
			Help: text("id、用户名、手机号、邮箱，或匹配条件 {…}", "an id, name, phone, e-mail address, or a match {…}"),
		}},
		Options: answerOptions(
			shell.Option{Name: "list", Help: text("输出列表", "print a list")},
			shell.Option{Name: "pager", Help: text("列表带翻页信息 {list,pager}", "the list with its pager, {list,pager}")},
			shell.Option{Name: "limit", Arity: shell.Required, Type: shell.Int, Arg: "N", Help: text("最多条数，默认 50", "how many at most, 50 by default")},
			shell.Option{Name: "skip", Arity: shell.Required, Type: shell.Int, Arg: "N", Help: text("跳过条数", "how many to pass over")},
			shell.Option{Name: "sort", Arity: shell.Required, Type: shell.JSON, Arg: "JSON", Help: text("排序，如 {ct:-1}", "the order, e.g. {ct:-1}")},
			shell.Option{Name: "u", Arity: shell.Optional, Type: shell.JSON, Arg: "JSON", Help: text("修改字段；无值时从管道读取", "change fields; without a value they are read from the pipe")},
			shell.Option{Name: "new", Arity: shell.Optional, Type: shell.JSON, Arg: "JSON", Help: text("新建账户；无值时从管道读取", "make an account; without a value it is read from the pipe")},
		),
		Reads:  true,
		Writes: true,
		Run:    s.account,
	}
}

func (s *Service) account(c *shell.Call) error {
	p, site, err := s.at(c)
	if err != nil {
		return err
	}
	match, err := c.Arg(1).Node()
	switch {
	case err != nil:
		return err
	case c.Has("new"):
		return s.newAccount(c, site)
	case c.Has("list") || c.Has("pager") || match != nil || !c.Arg(1).Given():
		return s.listAccounts(c, site, match)
	case c.Has("u"):
		return s.changeAccount(c, p, site)
	}
	who, err := s.asked(c, site, c.Arg(1).Text())
	if err != nil {
		return err
	}
	return c.Reply(s.shown(c, site, who))
}

// shown is a person as the caller may see them: all for the owner, for
// themselves and for who may list accounts, else what is public.
func (s *Service) shown(c *shell.Call, site *Site, who *Person) []byte {
	if isMe(c, site, who) || s.allowed(c, site, mayList) == nil {
		return who.own()
	}
	return publicView(nil, who.body)
}

func (s *Service) newAccount(c *shell.Call, site *Site) error {
	if err := s.allowed(c, site, mayEdit); err != nil {
		return err
	}
	fields, err := fieldsOf(c, site, "new")
	if err != nil {
		return err
	}
	if fields, err = s.mayWrite(c, site, nil, fields); err != nil {
		return err
	}
	if c.Arg(1).Given() {
		if fields, err = withDefault(fields, c.Arg(1).Text()); err != nil {
			return err
		}
	}
	who, err := s.create(c.Context(), site, fields)
	s.audit(c, Event{Act: "account.new", Site: site, Whom: who, What: fieldNames(fields), Err: err})
	if err != nil {
		return err
	}
	return c.Reply(who.own())
}

// fieldsOf are the fields of an option, without the parameters of the request that
// they came in.
func fieldsOf(c *shell.Call, site *Site, option string) ([]byte, error) {
	fields, err := given(c, option)
	if err != nil {
		return nil, err
	}
	ticket := ""
	if id := me(c); id != nil {
		ticket = id.Ticket
	}
	return withoutParams(c, site, ticket, fields)
}

// withDefault adds the name, phone or e-mail address that the USER word gives,
// unless the fields have it.
func withDefault(fields []byte, user string) ([]byte, error) {
	key, value, ok := phoneOrEmail(user)
	if !ok {
		key, value = "nm", user
	}
	if !gjson.ParseBytes(fields).IsObject() {
		return nil, domain.E("e.json", domain.Text{ZH: "应是由字段组成的对象", EN: "want an object of fields"})
	}
	if gjson.GetBytes(fields, key).Exists() {
		return fields, nil
	}
	return withField(fields, key, value), nil
}

// changeAccount changes somebody's fields: the owner and who may edit accounts
// any, a person their own unlocked ones.
func (s *Service) changeAccount(c *shell.Call, p *people, site *Site) error {
	who, err := s.asked(c, site, c.Arg(1).Text())
	if err != nil {
		return err
	}
	fields, err := fieldsOf(c, site, "u")
	if err != nil {
		return err
	}
	keep := ""
	if err := s.allowed(c, site, mayEdit); err != nil {
		if !isMe(c, site, who) {
			return err
		}
		keep = me(c).SessionID
		if fields, err = ownFields(site, fields); err != nil {
			s.tellSetme(c.Domain, site, err)
			return err
		}
	} else if fields, err = s.mayWrite(c, site, who, fields); err != nil {
		return err
	}
	changed, err := s.change(c.Context(), p, site, who, fields, keep)
	s.auditFields(c, site, who, fields, err)
	if err != nil {
		return err
	}
	who = changed
	return c.Reply(who.own())
}

func (s *Service) listAccounts(c *shell.Call, site *Site, match *relaxed.Node) error {
	if err := s.allowed(c, site, mayList); err != nil {
		if !c.Has("list") && !c.Has("pager") && c.Arg(1).Given() {
			return domain.E("e.auth.account.noexists")
		}
		return err
	}
	if text := strings.TrimSpace(c.Arg(1).Text()); match == nil && text != "" && text != "null" {
		return domain.E("e.thing.match", domain.Textf("应是 {…}：%v", "want {…}: %v", clip(text)))
	}
	q, err := listQuery(c, match)
	if err != nil {
		return err
	}
	return replyPage(c, site.people, q, c.Has("pager"))
}

// replyPage prints the things of a query as they are read.
func replyPage(c *shell.Call, set *thingset.Set, q thingset.Query, pager bool) error {
	q.NoSum = !pager
	found, err := set.Walk(c.Context(), q)
	if err != nil {
		return err
	}
	if pager {
		return c.ReplyPaged(found.Bodies(ownView), func() []byte { return found.Pager().Append(nil) })
	}
	return c.ReplyList(found.Bodies(ownView))
}

// listQuery reads -limit, -skip, -sort and the match.
func listQuery(c *shell.Call, match *relaxed.Node) (q thingset.Query, err error) {
	q.Limit = listLimit
	if match != nil {
		if err := noSecrets(match); err != nil {
			return q, err
		}
		if q.Match, err = thingset.CompileMatch(match); err != nil {
			return q, err
		}
	}
	if c.Opt("limit").Given() {
		if q.Limit, err = c.Opt("limit").Int(); err != nil {
			return q, err
		}
	}
	if c.Opt("skip").Given() {
		if q.Skip, err = c.Opt("skip").Int(); err != nil {
			return q, err
		}
	}
	if q.Limit == 0 && c.Who == domain.API {
		q.Limit = requestLimit
	}
	if q.Limit < 0 || q.Skip < 0 || c.Who == domain.API && q.Limit > requestLimit {
		return q, domain.E("e.cmd.arg", domain.Text{ZH: "-limit 与 -skip 从 0 起；一次请求最多列出 1000 项", EN: "-limit and -skip count from 0; a request lists at most 1000"})
	}
	return q, sortInto(c, &q)
}

func sortInto(c *shell.Call, q *thingset.Query) error {
	if c.Opt("sort").Text() == "" {
		return nil
	}
	node, err := c.Opt("sort").Node()
	if err != nil || node == nil {
		return err
	}
	if q.Sort, err = thingset.ParseSort(node); err != nil {
		return err
	}
	for _, o := range q.Sort {
		if isSecretPath(o.Key) {
			return domain.E("e.thing.match", domain.Textf("不能按这个字段排序：%v", "this field cannot be sorted by: %v", clip(o.Key)))
		}
	}
	return nil
}

// noSecrets refuses a match on what is never shown: its answer would tell.
func noSecrets(n *relaxed.Node) error {
	for _, f := range n.Fields {
		if isSecretPath(strings.TrimPrefix(f.Key, "!")) {
			return domain.E("e.thing.match", domain.Textf("不能查询这个字段：%v", "this field cannot be asked for: %v", clip(f.Key)))
		}
	}
	for _, item := range n.Items {
		if err := noSecrets(item); err != nil {
			return err
		}
	}
	return nil
}

// isSecretPath reports whether a key path begins with a secret, or could be read
// as one: escapes, wildcards and queries of JSON paths.
func isSecretPath(path string) bool {
	head, _, _ := strings.Cut(path, ".")
	return isSecret(head) || strings.ContainsAny(path, "*?|#@\\!{}[]()")
}

// firstOf is the first of some texts that is not empty.
func firstOf(texts ...string) string {
	if i := slices.IndexFunc(texts, func(s string) bool { return s != "" }); i >= 0 {
		return texts[i]
	}
	return ""
}
