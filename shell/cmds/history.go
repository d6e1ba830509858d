package cmds

import (
	"strings"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/history"
)

// history is the family that keeps and shows what has happened. Its first word is
// the history's name.
func historyCommand() *shell.Command {
	name := shell.Param{Name: "NAME", Type: shell.Literal, Help: both("the history: letters, digits, - and _", "历史库的名字：字母、数字、- 和 _")}
	match := shell.Param{Name: "MATCH", Type: shell.Match, Optional: true, Check: thingset.CheckMatch, Help: both("which records", "条件")}
	return &shell.Command{
		Name:   "history",
		Manual: manual("history"),
		VerbAt: 1,
		Verbs: []*shell.Command{{
			Name: "add", Writes: true, Reads: true,
			Manual: "history add: keep a record\n添加一条记录\n",
			Params: []shell.Param{name, {Name: "JSON", Type: shell.JSON, Optional: true, Help: both("the record; without it, the pipe", "记录，不给则读管道")}},
			Options: append(shell.JSONOptions(), shell.AjaxOption(),
				option("keep", "DURATION", shell.Duration, "how long it is kept (always): 90d", "保留多久，默认永久：90d")),
			Run: historyAdd,
		}, {
			Name:   "query",
			Manual: "history query: show records\n查询记录\n",
			Params: []shell.Param{name, match},
			Options: append(shell.JSONOptions(), shell.AjaxOption(),
				withCheck(option("sort", "JSON", shell.JSON, "the order ({ct:-1})", "次序，默认 {ct:-1}"), checkSort),
				option("limit", "N", shell.Int, "at most N (50)", "最多 N 条，默认 50"),
				option("skip", "N", shell.Int, "leave out the first N", "跳过前 N 条"),
				flag("pager", "as {list,pager}", "输出为 {list,pager}")),
			Run: historyQuery,
		}, {
			Name: "clear", Writes: true,
			Manual: "history clear: remove old records\n删除旧记录\n",
			Params: []shell.Param{name},
			Options: []shell.Option{
				option("before", "DURATION", shell.Duration, "those older than this", "早于多久以前的"),
			},
			Run: historyClear,
		}},
	}
}

// booksOf are the histories of the call's domain.
func booksOf(c *shell.Call) (*history.Books, error) {
	if c.Domain == nil {
		return nil, domain.E("e.domain.noexists", domain.Text{ZH: "该命令需要在域中执行", EN: "this command needs a domain"})
	}
	return history.Of(c.Domain), nil
}

// mayChange keeps endpoints off the server's own records.
func mayChange(c *shell.Call) error {
	if c.Who != domain.Owner && c.Arg(0).Text() == history.Audit {
		return domain.E("e.io.forbidden", domain.Textf("历史 %v 属于服务自身", "the history %v is the server's", history.Audit))
	}
	return nil
}

func historyAdd(c *shell.Call) error {
	books, err := booksOf(c)
	if err == nil {
		err = mayChange(c)
	}
	if err != nil {
		return err
	}
	raw, err := wordOrPipe(c, 1)
	if err != nil {
		return err
	}
	var keep time.Duration
	if c.Has("keep") {
		if keep, err = c.Opt("keep").Duration(); err != nil {
			return err
		}
	}
	o := objectOf(raw)
	if err := addWho(c, o); err != nil {
		return err
	}
	body, err := books.Add(c.Arg(0).Text(), o.appendJSON(nil), keep)
	if err != nil {
		return err
	}
	return c.Reply(body)
}

// wordOrPipe is the JSON object of a word, or of the pipe without it.
func wordOrPipe(c *shell.Call, i int) (raw string, err error) {
	if c.NArg() > i {
		var b []byte
		b, err = c.Arg(i).JSON()
		raw = string(b)
	} else {
		raw, err = readJSON(c, "")
	}
	if err == nil && !strings.HasPrefix(raw, "{") {
		err = domain.E("e.cmd.arg", domain.Text{ZH: "记录必须是 JSON 对象", EN: "a record is a JSON object"})
	}
	return raw, err
}

// addWho adds the person that has signed in, unless the record names one.
func addWho(c *shell.Call, o *object) error {
	if c.Request == nil || c.Request.Identity == nil {
		return nil
	}
	who, err := c.Request.Identity()
	if err != nil || who == nil {
		return err
	}
	for _, m := range []member{{"uid", who.UID}, {"unm", who.Name}} {
		if _, ok := o.get(m.key); !ok {
			o.put(m.key, quoted(m.raw))
		}
	}
	return nil
}
