package www

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

// Which fields of an account a person may change, and who may see which.

// lockedFields may not be changed by the person themselves: they are identity,
// rights, secrets, or bookkeeping.
var lockedFields = map[string]bool{
	"id": true, "phone": true, "email": true, "role": true, "grp": true, "passwd": true, "salt": true,
	"login": true, "ct": true, "lm": true, "expi": true, "race": true, "pid": true, "ph": true, "ticket": true,
}

// lockedPrefixes are the beginnings of such fields' names.
var lockedPrefixes = []string{"oauth_", "wx_", "th_", "__", "data_"}

// withoutParams takes out of the fields of a request's body what are parameters of the
// request: its site and its ticket. A body may hold them beside the fields, and a
// ticket is kept nowhere.
func withoutParams(c *shell.Call, site *Site, ticket string, fields []byte) (out []byte, err error) {
	if c.Who == domain.Owner || !relaxed.Valid(fields) {
		return fields, nil
	}
	if v := gjson.GetBytes(fields, "ticket"); v.Exists() && (v.String() == ticket || noTicket(v.String())) {
		if fields, err = sjson.DeleteBytes(fields, "ticket"); err != nil {
			return nil, err
		}
	}
	if v := gjson.GetBytes(fields, "site"); strings.TrimPrefix(v.String(), "id:") == site.ID {
		return sjson.DeleteBytes(fields, "site")
	}
	return fields, nil
}

// looksLikeKey reports whether a name could be taken for somebody else's id,
// phone number or e-mail address.
func looksLikeKey(name string) bool {
	name = normalName(name)
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

// withLast puts a text field behind the others of an object that has some.
func withLast(object []byte, key, value string) []byte {
	out := append(slices.Clone(object[:len(object)-1]), ',')
	return append(out, jsonField(key, value)[1:]...)
}
