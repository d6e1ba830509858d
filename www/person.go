package www

import (
	"context"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
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
	if domain.IsID(who) {
		if p, err := found(site.people.Get(ctx, who)); domain.CodeOf(err) != "e.auth.account.noexists" {
			return p, err
		}
	}
	for _, try := range keysFor(who) {
		p, err := found(site.people.Find(ctx, []string{try[0]}, try[1]))
		if domain.CodeOf(err) != "e.auth.account.noexists" {
			return p, err
		}
	}
	return nil, domain.E("e.auth.account.noexists")
}

// keysFor are the unique keys that a text may be the value of, likeliest first.
func keysFor(who string) [][2]string {
	nm := [2]string{"nm", who}
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
func normalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// prepare makes the fields of a new or changed account fit to be stored: e-mail
// and phone in their normal form, the password hashed.
func (s *Service) prepare(ctx context.Context, fields []byte) ([]byte, error) {
	if !gjson.ValidBytes(fields) || !gjson.ParseBytes(fields).IsObject() {
		return nil, domain.E("e.json", "want an object of fields")
	}
	if len(fields) > maxAccount {
		return nil, domain.E("e.io.toolarge", "an account holds at most 64 KiB")
	}
	var err error
	if v := gjson.GetBytes(fields, "email"); v.Type == gjson.String {
		if fields, err = sjson.SetBytes(fields, "email", normalEmail(v.Str)); err != nil {
			return nil, err
		}
	}
	if v := gjson.GetBytes(fields, "phone"); v.Type == gjson.String || v.Type == gjson.Number {
		phone, ok := normalPhone(v.String())
		if !ok && v.String() != "" {
			return nil, domain.E("e.auth.login.NoPhoneOrEmail", wantedAs["phone"])
		}
		if fields, err = sjson.SetBytes(fields, "phone", phone); err != nil {
			return nil, err
		}
	}
	return s.preparePassword(ctx, fields)
}

// preparePassword hashes a plain passwd; a hash in a known format stays.
func (s *Service) preparePassword(ctx context.Context, fields []byte) ([]byte, error) {
	v := gjson.GetBytes(fields, "passwd")
	if !v.Exists() || v.Type == gjson.Null {
		return fields, nil
	}
	if v.Type != gjson.String {
		return nil, domain.E("e.auth.passwd.new.invalid", "the password is a string")
	}
	hash := v.Str
	if !IsHash(hash) {
		var err error
		if hash, err = s.hash(ctx, v.Str); err != nil {
			return nil, err
		}
	}
	return sjson.SetBytes(fields, "passwd", hash)
}

// create makes an account; fields are as the caller gave them.
func (s *Service) create(ctx context.Context, site *Site, fields []byte) (*Person, error) {
	fields, err := s.prepare(ctx, fields)
	if err != nil {
		return nil, err
	}
	if site.Role != "" && !gjson.GetBytes(fields, "role").Exists() {
		if fields, err = sjson.SetBytes(fields, "role", site.Role); err != nil {
			return nil, err
		}
	}
	rec, err := site.people.Create(ctx, fields)
	if err != nil {
		return nil, err
	}
	return personOf(rec), nil
}

// change changes fields of an account; null removes one. A new password ends
// the person's sessions but the one named.
func (s *Service) change(ctx context.Context, p *people, site *Site, who *Person, fields []byte, keep string) (*Person, error) {
	fields, err := s.prepare(ctx, fields)
	if err != nil {
		return nil, err
	}
	if len(who.body)+len(fields) > 2*maxAccount {
		return nil, domain.E("e.io.toolarge", "an account holds at most 64 KiB")
	}
	epoch := ""
	if gjson.GetBytes(fields, "passwd").Exists() {
		epoch = newEpoch()
		if fields, err = sjson.SetBytes(fields, epochField, epoch); err != nil {
			return nil, err
		}
	}
	rec, err := site.people.Update(ctx, who.ID, fields)
	if err != nil {
		return nil, err
	}
	if epoch != "" {
		err = s.newTimes(ctx, p, site, who.ID, epoch, keep)
	}
	return personOf(rec), err
}

// newTimes ends a person's sessions, which are dead since the epoch changed, but
// for the one that is kept.
func (s *Service) newTimes(ctx context.Context, p *people, site *Site, uid, epoch, keep string) error {
	if keep != "" {
		if err := s.renew(ctx, site, keep, epoch); err != nil {
			return err
		}
	}
	_, err := s.endAll(ctx, p, uid, keep)
	return err
}

// lockedFields may not be changed by the person themselves: they are identity,
// rights, secrets, or bookkeeping.
var lockedFields = map[string]bool{
	"id": true, "phone": true, "email": true, "role": true, "grp": true, "passwd": true, "salt": true,
	"login": true, "ct": true, "lm": true, "expi": true, "race": true, "pid": true, "ph": true,
}

// lockedPrefixes are the beginnings of such fields' names.
var lockedPrefixes = []string{"oauth_", "wx_", "th_", "__", "data_"}

// checkOwnFields refuses fields that a person may not change of themselves.
func checkOwnFields(fields []byte) error {
	doc := gjson.ParseBytes(fields)
	if !gjson.ValidBytes(fields) || !doc.IsObject() {
		return domain.E("e.json", "want an object of fields")
	}
	var err error
	doc.ForEach(func(key, value gjson.Result) bool {
		if isLocked(key.String()) {
			err = domain.E("e.auth.account.field", clip(key.String()))
		}
		if key.String() == "nm" && looksLikeKey(value.String()) {
			err = domain.E("e.auth.account.field", "nm:", domain.Text{ZH: "不能像 ID、手机号或邮箱", EN: "looks like an id, a phone number or an e-mail address"})
		}
		return err == nil
	})
	return err
}

// looksLikeKey reports whether a name could be taken for somebody else's id,
// phone number or e-mail address.
func looksLikeKey(name string) bool {
	_, _, ok := phoneOrEmail(name)
	return ok || domain.IsID(name) || strings.HasPrefix(strings.TrimSpace(name), "id:")
}

// isLocked also refuses names that JSON path libraries read as more than a name.
func isLocked(name string) bool {
	if name == "" || lockedFields[strings.ToLower(name)] || strings.ContainsAny(name, ".\\|#*?@!{}[]()=<>%:") {
		return true
	}
	for _, prefix := range lockedPrefixes {
		if strings.HasPrefix(strings.ToLower(name), prefix) {
			return true
		}
	}
	return false
}

// clip is a caller's text as a message may repeat it.
func clip(s string) string {
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}

// isSecret tells the members that no answer ever shows.
func isSecret(name string) bool {
	return name == "passwd" || name == "salt" || strings.HasPrefix(name, "__")
}

// isPublic tells the members that anybody may see.
func isPublic(name string) bool {
	switch name {
	case "id", "nm", "nickname", "thumb", "sex", "country", "province", "city", "ct":
		return true
	}
	return false
}

// appendView appends a record's members that show lets through, as they stand.
func appendView(dst, body []byte, show func(name string) bool) []byte {
	dst = append(dst, '{')
	first := true
	gjson.ParseBytes(body).ForEach(func(key, value gjson.Result) bool {
		if !show(key.String()) {
			return true
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = relaxed.AppendString(dst, key.String())
		dst = append(dst, ':')
		dst = append(dst, value.Raw...)
		return true
	})
	return append(dst, '}')
}

// ownView is everything but secrets; publicView what anybody may see.
func ownView(dst, body []byte) []byte {
	return appendView(dst, body, func(name string) bool { return !isSecret(name) })
}

func publicView(dst, body []byte) []byte { return appendView(dst, body, isPublic) }

// jsonField is an object of one text field.
func jsonField(key, value string) []byte {
	b := append(relaxed.AppendString([]byte{'{'}, key), ':')
	return append(relaxed.AppendString(b, value), '}')
}

// withField puts a text field before the others of an object.
func withField(fields []byte, key, value string) []byte {
	head := jsonField(key, value)
	if rest := strings.TrimSpace(string(fields[1:])); rest != "}" {
		return append(append(head[:len(head)-1], ','), rest...)
	}
	return head
}
