package www

import (
	"context"
	"strings"

	"golang.org/x/net/idna"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// One receiver has one spelling: it is the key of an account, of the limits on codes,
// and what a message goes to.

// normalEmail is an address as it is stored and looked for: in lower case, as no
// provider tells addresses apart by case, in one Unicode form, its host as DNS
// has it (q1@x。com and q1@X.com. are q1@x.com, a@例子.中国 is a@xn--fsqu00a.xn--fiqs8s),
// and without quotes that say nothing.
func normalEmail(s string) string {
	local, host, ok := cutAddress(strings.ToLower(normalName(s)))
	if !ok {
		return local
	}
	return local + "@" + asciiHost(host)
}

// mailTo is an address as a mail goes to it: its host in ASCII, as every server takes
// it, and what stands before the @ as it was written.
func mailTo(s string) string {
	local, host, ok := cutAddress(normalName(s))
	if !ok {
		return local
	}
	return local + "@" + asciiHost(strings.ToLower(host))
}

// cutAddress is the two parts of an address; without a host the first is all of it.
func cutAddress(s string) (local, host string, ok bool) {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return s, "", false
	}
	local, host = s[:at], s[at+1:]
	if n := len(local); n > 2 && local[0] == '"' && local[n-1] == '"' && !strings.ContainsAny(local[1:n-1], "\" \\@(),:;<>[]") {
		local = local[1 : n-1]
	}
	return local, host, true
}

// hostProfile is IDNA 2008 as browsers have it (UTS 46).
var hostProfile = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(false), idna.VerifyDNSLength(false))

// asciiHost is a host's name as DNS has it; one that is no name stays as it is.
func asciiHost(host string) string {
	host = strings.NewReplacer("。", ".", "｡", ".", "．", ".").Replace(host)
	host = strings.TrimRight(host, ".")
	if name, err := hostProfile.ToASCII(host); err == nil && name != "" {
		return strings.TrimRight(name, ".")
	}
	return host
}

// olderEmail is an address as it was stored before hosts were written in ASCII, ""
// when that was the same.
func olderEmail(normal string) string {
	local, host, ok := cutAddress(normal)
	if !ok || !strings.Contains(host, "xn--") {
		return ""
	}
	name, err := hostProfile.ToUnicode(host)
	if err != nil || name == host {
		return ""
	}
	return local + "@" + name
}

// byKey is the account that holds a phone number or an address in its normal form,
// also one that was stored before there was that form.
func (site *Site) byKey(ctx context.Context, key, account string) (*Person, error) {
	who, err := found(site.people.Find(ctx, []string{key}, account))
	if older := olderEmail(account); key == "email" && older != "" && domain.CodeOf(err) == "e.auth.account.noexists" {
		return found(site.people.Find(ctx, []string{key}, older))
	}
	return who, err
}

// freeEmail refuses an address that somebody else's account was given before there was
// one spelling. who is "" for a new account.
func (site *Site) freeEmail(ctx context.Context, who string, fields []byte) error {
	older := olderEmail(gjson.GetBytes(fields, "email").String())
	if older == "" {
		return nil
	}
	other, err := found(site.people.Find(ctx, []string{"email"}, older))
	if err == nil && other.ID != who {
		return thingset.Duplicated([]string{"email"})
	}
	if domain.CodeOf(err) == "e.auth.account.noexists" {
		err = nil
	}
	return err
}

// accountForm is what is written of an account with its name, phone number and address
// in the form in which they are found: two that look the same are the same, whichever
// door they come through. What cannot be seen is e.thing.fld.regex with the field as
// data. A phone number that is none is left to the schema. has says which members are
// written.
func accountForm(fields []byte, has func(name string) bool) (out []byte, err error) {
	out = fields
	for _, key := range []string{"nm", "phone", "email"} {
		v := gjson.GetBytes(out, key)
		if !has(key) || v.Type != gjson.String && v.Type != gjson.Number {
			continue
		}
		form, ok := normalField(key, v)
		if !ok {
			return nil, domain.E("e.thing.fld.regex", key).With(key)
		}
		if v.Type == gjson.String && v.Str == form {
			continue
		}
		if out, err = sjson.SetBytes(out, key, form); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// normalField is the form in which a name, a phone number or an address is kept, false
// when it has characters that cannot be seen.
func normalField(key string, v gjson.Result) (string, bool) {
	text := v.String()
	switch key {
	case "phone":
		if phone, ok := normalPhone(text); ok {
			return phone, true
		}
	case "email":
		text = normalEmail(text)
	default:
		text = normalName(text)
	}
	return text, !strings.ContainsFunc(text, isHidden)
}
