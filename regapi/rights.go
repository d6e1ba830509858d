package regapi

import (
	"context"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

// The metadata pvg-setup: which permissions the caller has, told to the script.
// It refuses nobody; pvg-assert does.

// right is a permission that the script asks about: ${pvg-NAME}.
type right struct {
	name   string
	groups [][]string // all groups, any of a group
}

// setup compiles names of permissions, or an object of names and permissions.
func (c *compiler) setup(s setting) domain.Text {
	c.ep.settings.rights = nil
	if s.node.Kind == relaxed.Object {
		return c.setupNamed(s)
	}
	list, msg := s.list()
	if !msg.Empty() {
		return domain.Text{ZH: "必须是文本、列表或对象 {名字:权限}", EN: "must be a text, a list or an object {name:permission}"}
	}
	for _, action := range list {
		if strings.Contains(action, "|") {
			return domain.Textf(`%q 需要名字：{name:"%[1]s"}`, `%q needs a name: {name:"%[1]s"}`, action)
		}
		if msg := c.addRight(action, []string{action}); !msg.Empty() {
			return msg
		}
	}
	if len(list) == 0 {
		return domain.Text{ZH: "没有写出权限", EN: "names no permission"}
	}
	return domain.Text{}
}

func (c *compiler) setupNamed(s setting) domain.Text {
	for _, f := range s.node.Fields {
		list, msg := setting{s.key, f.Value, s.from}.list()
		if msg.Empty() {
			msg = c.addRight(f.Key, list)
		}
		if !msg.Empty() {
			return domain.Textf("%s：%s", "%s: %s", f.Key, msg)
		}
	}
	if len(s.node.Fields) == 0 {
		return domain.Text{ZH: "没有写出权限", EN: "names no permission"}
	}
	return domain.Text{}
}

func (c *compiler) addRight(name string, list []string) domain.Text {
	if name == "" || strings.ContainsAny(name, " \t\r\n|${}<>?@[]'\"`") {
		return domain.Textf("%q 不能用作占位符的名字", "%q cannot be a placeholder's name", name)
	}
	groups, msg := rightGroups(list)
	c.ep.settings.rights = append(c.ep.settings.rights, right{name, groups})
	return msg
}

// rightGroups reads permissions: a single one is a group of one, a|b a group of two.
func rightGroups(list []string) (out [][]string, msg domain.Text) {
	for _, item := range list {
		var group []string
		for a := range strings.SplitSeq(item, "|") {
			if a = strings.TrimSpace(a); a != "" {
				group = append(group, a)
			}
		}
		if len(group) == 0 {
			return nil, domain.Text{ZH: "没有写出权限", EN: "names no permission"}
		}
		out = append(out, group)
	}
	if len(out) == 0 {
		return nil, domain.Text{ZH: "没有写出权限", EN: "names no permission"}
	}
	return out, domain.Text{}
}

// loadRights asks for the rights of pvg-setup before the script runs: a failure
// of the asking is one of the request, never a false.
func (c *call) loadRights() error {
	s := c.signIn()
	if s.fault != nil {
		return s.fault
	}
	for _, r := range c.ep.settings.rights {
		has := false
		if s.person != nil {
			var err error
			if has, err = c.h.may(c.r.Context(), c.d, s.person, r.groups); err != nil {
				return err
			}
		}
		c.rights = append(c.rights, has)
	}
	return nil
}

// may reports whether a person has one permission of each group.
func (h *Handler) may(ctx context.Context, d *domain.Domain, who *domain.Identity, groups [][]string) (bool, error) {
	for _, group := range groups {
		if h.opt.Can == nil {
			return false, nil
		}
		if ok, err := h.opt.Can(ctx, d, who, group, true); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// right is ${pvg-NAME}: true or false.
func (c *call) right(name string) (shell.Value, bool) {
	for i, has := range c.rights {
		if c.ep.settings.rights[i].name == name {
			return shell.Value{Text: strconv.FormatBool(has), JSON: true}, true
		}
	}
	return shell.Value{}, false
}

// allRights is ${pvg}: an object of all names.
func (c *call) allRights() (shell.Value, bool) {
	if len(c.rights) == 0 {
		return shell.Value{}, false
	}
	b := []byte{'{'}
	for i, has := range c.rights {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(relaxed.AppendString(b, c.ep.settings.rights[i].name), ':')
		b = strconv.AppendBool(b, has)
	}
	return shell.Value{Text: string(append(b, '}')), JSON: true}, true
}

// knowsRight reports whether pvg-setup names what ${pvg-NAME} asks for.
func (s *settings) knowsRight(name string) bool {
	for _, r := range s.rights {
		if name == "pvg" || name == "pvg-"+r.name {
			return true
		}
	}
	return false
}
