package www

import (
	"context"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// Person is an account: a version of a record of the site's accounts. It does
// not change.
type Person struct {
	ID   string
	Rev  thingset.Rev
	body []byte // shared, never changed

	ready *face // nil when it was not made yet
}

// face is what a session shows of a person, made once for each version.
type face struct {
	name  string
	epoch string
	grp   []byte // JSON
	own   []byte // JSON
}

func personOf(r thingset.Record) *Person { return &Person{ID: r.ID, Rev: r.Rev, body: r.Body} }

// readyPerson is a person whose face is made.
func readyPerson(r thingset.Record) *Person {
	p := personOf(r)
	p.ready = &face{name: p.name(), epoch: p.epoch(), grp: appendRaw(nil, p.get("grp")), own: p.own()}
	return p
}

func (p *Person) get(key string) gjson.Result { return gjson.GetBytes(p.body, key) }

// own is the person's own view, as JSON. The bytes are shared.
func (p *Person) own() []byte {
	if p.ready != nil {
		return p.ready.own
	}
	return ownView(make([]byte, 0, len(p.body)), p.body)
}

// group is the person's group, as JSON.
func (p *Person) group() []byte {
	if p.ready != nil {
		return p.ready.grp
	}
	return appendRaw(nil, p.get("grp"))
}

// name is what the person is called in a session: nm, else the phone, e-mail or id.
func (p *Person) name() string {
	if p.ready != nil {
		return p.ready.name
	}
	for _, key := range [...]string{"nm", "phone", "email"} {
		if v := p.get(key).String(); v != "" {
			return v
		}
	}
	return p.ID
}

// epochField is the member that tells the time before a change of password
// from the time after it: a session is good for the epoch that it began in.
const epochField = "__ep"

// newEpoch is a name that no epoch had.
func newEpoch() string { return domain.NewID() }

// epoch is "" until the first change of password.
func (p *Person) epoch() string {
	if p.ready != nil {
		return p.ready.epoch
	}
	return p.get(epochField).String()
}

// maxAccount bounds an account's record, in bytes.
const maxAccount = 64 << 10

// maxName bounds the text that an account is looked for by, in bytes.
const maxName = 256

// person finds an account by id ("id:…" or the id itself), name, phone or e-mail:
// e.auth.account.noexists when there is none. What looks like an e-mail
// address or a phone number is looked for as that first, so that nobody can
// stand in another's way by choosing a name.
func (s *Service) person(ctx context.Context, site *Site, who string) (*Person, error) {
	who = strings.TrimSpace(who)
	if who == "" || len(who) > maxName {
		return nil, domain.E("e.auth.account.noexists")
	}
	if id, ok := strings.CutPrefix(who, "id:"); ok {
		return found(site.people.Get(ctx, id))
	}
	var p *Person
	var err error = domain.E("e.auth.account.noexists")
	if domain.IsID(who) {
		p, err = found(site.people.Get(ctx, who))
	}
	for _, try := range keysFor(who) { // all of them, so that nobody is found by what is not looked for
		more, e := found(site.people.Find(ctx, []string{try[0]}, try[1]))
		if domain.CodeOf(err) == "e.auth.account.noexists" {
			p, err = more, e
		}
	}
	return p, err
}

// keysFor are the unique keys that a text may be the value of, likeliest first.
func keysFor(who string) [][2]string {
	nm := [2]string{"nm", who}
	if normal := normalName(who); normal != who {
		return append(keysFor(normal), nm)
	}
	if strings.Contains(who, "@") {
		return [][2]string{{"email", normalEmail(who)}, nm}
	}
	if phone, ok := normalPhone(who); ok {
		return [][2]string{{"phone", phone}, nm}
	}
	return [][2]string{nm}
}

func found(r thingset.Record, err error) (*Person, error) {
	switch domain.CodeOf(err) {
	case "":
		return personOf(r), nil
	case "e.thing.noexists", "e.thing.id", "e.thing.ukey.noexists":
		return nil, domain.E("e.auth.account.noexists")
	}
	return nil, err
}

// normalEmail is an address as it is stored and looked for: in lower case, as
// no provider tells addresses apart by case.
func normalEmail(s string) string { return strings.ToLower(normalName(s)) }
