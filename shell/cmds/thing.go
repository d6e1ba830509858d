package cmds

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thing is the family that keeps things: `thing SET VERB …`, one file a verb.
func thing(d Deps) *shell.Command {
	return &shell.Command{
		Name:   "thing",
		Manual: manual("thing"),
		VerbAt: 1,
		Verbs: []*shell.Command{
			thingAttachment(d), thingClean(d), thingCreate(d), thingDelete(d), thingDuplicate(d), thingExport(d), thingFile(d),
			thingGet(d), thingGetOne(d),
			thingImport(d), thingInit(d), thingMedia(d), thingQuery(d), thingRestore(d), thingSeq(d), thingUpdate(d), thingWatch(d),
		},
	}
}

func setParam() shell.Param {
	return shell.Param{Name: "SET", Type: shell.Ref, Help: both("the ThingSet's folder", "数据集目录")}
}

func idParam() shell.Param {
	return shell.Param{Name: "ID", Help: both("a thing's id", "数据 id")}
}

func idsParam() shell.Param {
	return shell.Param{Name: "ID", Repeat: true, Optional: true, Help: both("ids of things", "数据 id，可多个")}
}

func matchParam() shell.Param {
	return shell.Param{
		Name: "MATCH", Type: shell.Match, Optional: true, Check: thingset.CheckMatch,
		Help: both("which things", "条件"),
	}
}

func matchOption(name string) shell.Option {
	return withCheck(option(name, "MATCH", shell.Match, "all that match", "所有符合条件的数据"), thingset.CheckMatch)
}

func fieldsOption(en, zh string) shell.Option {
	return optional("fields", "JSON", shell.JSON, en+"; without a value it is read from the pipe", zh+"，无值时读管道")
}

func sortOption() shell.Option {
	return withCheck(option("sort", "JSON", shell.JSON, "the order, e.g. {ct:-1}", "次序，如 {ct:-1}"), checkSort)
}

func viewOption() shell.Option {
	return option("e", "RE", shell.Regexp, "only the fields whose name matches; !RE the others", "只输出名称匹配的字段，!RE 取反")
}

// thingOptions are the options of every verb that prints things.
func thingOptions(own ...shell.Option) []shell.Option {
	return append(append(own, shell.AjaxOption()), shell.JSONOptions()...)
}

// thingSet opens the ThingSet that the first word names.
func thingSet(c *shell.Call, d Deps) (*thingset.Set, error) {
	_, path, err := pathOf(c, c.Arg(0))
	if err != nil {
		return nil, err
	}
	if c.Who != domain.Owner && path.Hidden() {
		return nil, domain.E("e.thing.set.noexists", path)
	}
	return d.DB(c.Domain).Set(c.Context(), path)
}

// withSet is the run function of a verb that works on an open set.
func withSet(d Deps, run func(*shell.Call, *thingset.Set) error) func(*shell.Call) error {
	return func(c *shell.Call) error {
		set, err := thingSet(c, d)
		if err != nil {
			return err
		}
		return run(c, set)
	}
}

// fieldsOf is the JSON of -fields: its value, or the pipe when it has none.
func fieldsOf(c *shell.Call) ([]byte, error) {
	if arg := c.Opt("fields"); arg.Given() {
		return arg.JSON()
	}
	if c.Has("inc") && !c.Has("fields") {
		return []byte("{}"), nil
	}
	raw, err := readJSON(c, "{}")
	return []byte(raw), err
}

// incOption is -inc.
func incOption() shell.Option {
	return option("inc", "JSON", shell.JSON, "numbers to add to fields: {n:1}; nothing is lost when many add at once", "给字段加上的数：{n:1}，并发时不会丢失")
}

// incOf is what -inc adds, nil without it. -fields is then read only when it is given.
func incOf(c *shell.Call) (by []byte, err error) {
	if !c.Has("inc") {
		return nil, nil
	}
	if by, err = c.Opt("inc").JSON(); err != nil {
		return nil, err
	}
	return by, maySet(c, by)
}

// mayAdd refuses guarded fields in -inc when it was the request that named them.
func mayAdd(c *shell.Call, set *thingset.Set, by []byte) error {
	if c.Who == domain.Owner || by == nil || !c.Opt("inc").IsData() {
		return nil
	}
	return unguarded(set, by)
}

// ukeyOption is -ukey.
func ukeyOption() shell.Option {
	return option("ukey", "KEY", shell.Text, "ID is the value of this unique key (a+b: of both, joined by +)", "ID 是该唯一键的值（多个用 + 连接）")
}

// idOf is the id of the thing that a word names: by its id, or with -ukey by the
// value of a unique key.
func idOf(c *shell.Call, set *thingset.Set, word string) (string, error) {
	if !c.Has("ukey") {
		return word, nil
	}
	key := splitKey(c.Opt("ukey").Text())
	if err := mayAsk(key); err != nil {
		return "", err
	}
	if !slices.ContainsFunc(set.Def().Unique, func(names []string) bool { return slices.Equal(names, key) }) {
		return "", domain.E("e.cmd.arg", domain.Textf("数据集没有唯一键 %v", "the set has no unique key %v", strings.Join(key, "+")))
	}
	values := []string{word}
	if len(key) > 1 {
		values = strings.Split(word, "+")
	}
	if len(values) != len(key) {
		return "", domain.E("e.cmd.arg", domain.Textf("应是以 + 连接的 %v 个值", "want %v values joined by +", len(key)))
	}
	rec, err := set.Find(c.Context(), key, values...)
	return rec.ID, err
}

// thingMatch compiles a match word; one that is not given, or is blank, holds for
// every thing.
func thingMatch(a shell.Arg) (*thingset.Matcher, error) {
	n, err := a.Node()
	if err != nil {
		return nil, err
	}
	if n == nil {
		return thingset.ParseMatch(a.Text())
	}
	m, err := thingset.CompileMatch(n)
	if err != nil {
		return nil, err
	}
	return m, mayAsk(m.Keys())
}

// thingSort reads -sort.
func thingSort(c *shell.Call) ([]thingset.Order, error) {
	if strings.TrimSpace(c.Opt("sort").Text()) == "" {
		return nil, nil
	}
	n, err := c.Opt("sort").Node()
	if err != nil {
		return nil, err
	}
	by, err := thingset.ParseSort(n)
	if err != nil {
		return nil, err
	}
	for _, o := range by {
		if err := mayAsk([]string{o.Key}); err != nil {
			return nil, err
		}
	}
	return by, nil
}

// mayAsk refuses to match on, or sort by, what is never shown: the answer
// would tell.
func mayAsk(keys []string) error {
	for _, key := range keys {
		for name := range strings.SplitSeq(key, ".") {
			if thingset.IsSecret(name) {
				return domain.E("e.thing.match", domain.Textf("不能查询这个字段：%v", "this field cannot be asked for: %v", quoted(name)))
			}
		}
	}
	return nil
}

// maySet refuses a request's fields that no answer ever shows: passwords are
// set by www, which hashes them.
func maySet(c *shell.Call, fields []byte) (err error) {
	if c.Who == domain.Owner {
		return nil
	}
	eachMember(string(fields), func(key, _ string) {
		if thingset.IsSecret(key) && err == nil {
			err = domain.E("e.io.forbidden", domain.Textf("请求不能设置 %v", "a request cannot set %v", quoted(key)))
		}
	})
	return err
}

// mayName refuses fields that thing.json guards, when it was the request that named
// them: when they are no JSON that stands in the script.
func mayName(c *shell.Call, set *thingset.Set, fields []byte) (err error) {
	if arg := c.Opt("fields"); c.Who == domain.Owner || arg.Given() && !arg.IsData() {
		return nil
	}
	return unguarded(set, fields)
}

// unguarded refuses fields that thing.json guards.
func unguarded(set *thingset.Set, fields []byte) (err error) {
	eachMember(string(fields), func(key, _ string) {
		if err == nil && set.Schema().Guard(key) != "" {
			err = domain.E("e.thing.fld.guard", key).With(key)
		}
	})
	return err
}

// tellPlain tells the owner of a passwd that is kept as it stands: it is no hash, and
// nobody signs in by it.
func (d Deps) tellPlain(c *shell.Call, fields []byte) {
	v := gjson.GetBytes(fields, "passwd")
	if c.Who == domain.Owner && d.IsHash != nil && v.Type == gjson.String && v.Str != "" && !d.IsHash(v.Str) {
		c.Notef("%s", domain.Text{
			ZH: "注意：passwd 不是已知的密码散列，将按原样以明文保存；请用 www passwd 设置密码",
			EN: "note: passwd is no known password hash and is kept as it stands, in plain text; www passwd sets one",
		}.In(c.Lang))
	}
}

// wanted are the things that ID words or a match option name: one of both.
// A match from outside that is blank names nothing. With pass values of -ukey that
// no thing has are passed over.
func wanted(c *shell.Call, set *thingset.Set, option string, bin, pass bool) (ids []string, err error) {
	for _, a := range c.Args(1) {
		id, err := idOf(c, set, a.Text())
		switch {
		case err == nil:
			ids = append(ids, id)
		case !pass || domain.CodeOf(err) != "e.thing.noexists":
			return nil, err
		}
	}
	if c.Has(option) == (len(c.Args(1)) > 0) {
		return nil, domain.E("e.cmd.usage", domain.Textf("应给出 ID 或 -%v", "ids, or -%v", option))
	}
	if !c.Has(option) {
		return ids, nil
	}
	m, err := thingMatch(c.Opt(option))
	if err != nil {
		return nil, err
	}
	if m.All() && c.Opt(option).IsData() {
		return nil, domain.E("e.thing.match", domain.Text{ZH: "空的匹配条件会匹配全部；确要如此请写 {}", EN: "an empty match would name everything; write {} for that"})
	}
	for rec, err := range set.Each(c.Context(), thingset.Query{Match: m, Bin: bin}) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, rec.ID)
	}
	return ids, nil
}
