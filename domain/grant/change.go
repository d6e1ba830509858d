package grant

import (
	"slices"
	"strings"
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

// With is the table with a change to a domain; changed is false when it said so
// before. The errors are *Taken, and *relaxed.Error at offset 0.
func (t *Table) With(domain string, c Change) (now *Table, changed bool, err error) {
	now = t.clone()
	g := now.at(domain)
	switch c.Kind {
	case "host":
		changed, err = t.changeHost(g, domain, c)
	case "network":
		changed, err = changeNetwork(g, c)
	case "env":
		if err = checkVariable(c.Value); err == nil {
			g.Env, changed = changeList(g.Env, c.Value, c.Revoke)
		}
	case "owner":
		changed, err = changeOwner(g, c)
	case "share":
		changed, err = now.changeShare(domain, c)
	default:
		all := strings.Join(Kinds(), ", ")
		err = fault(0, "不能授予 %v：只有 %v", "%v cannot be granted: want one of %v", quoted(c.Kind), all)
	}
	if err != nil {
		return nil, false, err
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

func (t *Table) changeHost(g *Grants, domain string, c Change) (changed bool, err error) {
	host, err := grantable(c.Value)
	if err != nil {
		return false, err
	}
	if by, taken := t.hosts[host]; taken && by != domain && !c.Revoke {
		return false, &Taken{host, by}
	}
	g.Hosts, changed = changeList(g.Hosts, host, c.Revoke)
	return changed, nil
}

func changeNetwork(g *Grants, c Change) (changed bool, err error) {
	n, err := ParseNetwork(c.Value)
	if err != nil {
		return false, err
	}
	g.Networks, changed = changeList(g.Networks, n, c.Revoke)
	return changed, nil
}

func changeOwner(g *Grants, c Change) (changed bool, err error) {
	name := strings.TrimSpace(c.Value)
	if c.Revoke {
		name, changed = "", g.Owner != "" && (name == "" || name == g.Owner)
	} else if name == "" {
		return false, fault(0, "缺少所有者的名字", "the owner's name is missing")
	} else {
		changed = name != g.Owner
	}
	if changed {
		g.Owner = name
	}
	return changed, nil
}

func (t *Table) changeShare(domain string, c Change) (changed bool, err error) {
	key, text, given := strings.Cut(c.Value, "=")
	s, err := shareNamed(strings.TrimSpace(key))
	if err != nil {
		return false, err
	}
	was, had := t.own[domain][s.name]
	if c.Revoke {
		delete(t.own[domain], s.name)
		return had, nil
	}
	if !given {
		return false, fault(0, "份额写作 KEY=VALUE，如 slots=64", "a share is KEY=VALUE, as slots=64")
	}
	n, err := s.parse(text)
	if err != nil {
		return false, err
	}
	if t.own[domain] == nil {
		t.own[domain] = map[string]int64{}
	}
	t.own[domain][s.name] = n
	return !had || was != n, nil
}
