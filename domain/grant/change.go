package grant

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Change is one thing that is granted to a domain, or taken back: a host NAME, a
// network CIDR[:PORT], an env NAME, an owner NAME, a share KEY=VALUE.
type Change struct {
	Kind   string // "host", "network", "env", "owner" or "share"
	Value  string // of a share that is taken back the KEY alone does; of an owner nothing
	Revoke bool
}

// Kinds are what can be granted.
func Kinds() []string { return []string{"host", "network", "env", "owner", "share"} }

// Taken is the error for a host that another domain has.
type Taken struct{ Host, By string }

func (t *Taken) Error() string { return t.Host + " is granted to " + t.By }

// Normal is the change with its value in its one spelling: what With takes, whatever
// the table says already. The errors are *relaxed.Error at offset 0.
func (c Change) Normal() (Change, error) {
	var err error
	switch c.Kind {
	case "host":
		c.Value, err = grantable(c.Value)
	case "network":
		var n Network
		if n, err = ParseNetwork(c.Value); err == nil {
			c.Value = n.String()
		}
	case "env":
		err = checkVariable(c.Value)
	case "owner":
		if strings.TrimSpace(c.Value) != "" || !c.Revoke {
			c.Value, err = ownerName(c.Value)
		}
	case "share":
		c.Value, err = normalShare(c)
	default:
		all := strings.Join(Kinds(), ", ")
		err = fault(0, "不能授予 %v：只有 %v", "%v cannot be granted: want one of %v", quoted(c.Kind), all)
	}
	return c, err
}

// With is the table with a change to a domain; changed is false when it said so
// before. The errors are *Taken, and *relaxed.Error at offset 0.
func (t *Table) With(domain string, c Change) (now *Table, changed bool, err error) {
	if c, err = c.Normal(); err != nil {
		return nil, false, err
	}
	now = t.clone()
	g := now.at(domain)
	switch c.Kind {
	case "host":
		if by, taken := t.hosts[c.Value]; taken && by != domain && !c.Revoke {
			return nil, false, &Taken{c.Value, by}
		}
		g.Hosts, changed = changeList(g.Hosts, c.Value, c.Revoke)
	case "network":
		n, _ := ParseNetwork(c.Value)
		g.Networks, changed = changeList(g.Networks, n, c.Revoke)
	case "env":
		g.Env, changed = changeList(g.Env, c.Value, c.Revoke)
	case "owner":
		changed = changeOwner(g, c)
	case "share":
		changed = now.changeShare(domain, c)
	}
	now.complete()
	return now, changed, nil
}

// changeList adds an item to a list, or takes it off.
func changeList[T comparable](list []T, item T, revoke bool) (now []T, changed bool) {
	at := slices.Index(list, item)
	switch {
	case revoke && at >= 0:
		return slices.Delete(list, at, at+1), true
	case !revoke && at < 0:
		return append(list, item), true
	}
	return list, false
}

func changeOwner(g *Grants, c Change) (changed bool) {
	now := c.Value
	if c.Revoke {
		if now != "" && now != g.Owner {
			return false
		}
		now = ""
	}
	changed = now != g.Owner
	g.Owner = now
	return changed
}

// maxOwner bounds an owner's name, in bytes.
const maxOwner = 200

// ownerName is an owner's name without the blanks around it: one line of what can be
// seen.
func ownerName(text string) (string, error) {
	name := strings.TrimSpace(text)
	switch {
	case name == "":
		return "", fault(0, "缺少所有者的名字", "the owner's name is missing")
	case len(name) > maxOwner || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", fault(0, "%v 不是所有者的名字：一行可见的字符，最多 %v 字节", "%v is no name of an owner: want one line of what can be seen, at most %v bytes", quoted(text), maxOwner)
	}
	return name, nil
}

// normalShare is KEY=VALUE in its one spelling; of one that is taken back, KEY.
func normalShare(c Change) (string, error) {
	key, text, given := strings.Cut(c.Value, "=")
	s, err := shareNamed(strings.TrimSpace(key))
	switch {
	case err != nil:
		return "", err
	case c.Revoke:
		return s.name, nil
	case !given:
		return "", fault(0, "份额写作 KEY=VALUE，如 slots=64", "a share is KEY=VALUE, as slots=64")
	}
	n, err := s.parse(text)
	if err != nil {
		return "", err
	}
	return s.name + "=" + s.text(n), nil
}

func (t *Table) changeShare(domain string, c Change) (changed bool) {
	key, text, _ := strings.Cut(c.Value, "=")
	s, _ := shareNamed(key)
	was, had := t.own[domain][key]
	if c.Revoke {
		delete(t.own[domain], key)
		return had
	}
	n, _ := s.parse(text)
	if t.own[domain] == nil {
		t.own[domain] = map[string]int64{}
	}
	t.own[domain][key] = n
	return !had || was != n
}
