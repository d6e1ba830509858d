package www

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
	"golang.org/x/text/unicode/norm"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/thingset"
)

// maxLive is how many captchas of one account and scene live at once, so that
// a stranger who asks for one does not void another's.
const maxLive = 5

// maxTyped is how many bytes are looked at as an answer.
const maxTyped = 256

// codeKind says how a code came to its person: what anybody could read off a
// picture proves no phone number.
type codeKind string

const (
	anyCode   codeKind = ""      // set by the owner for a test: both
	shownCode codeKind = "shown" // in a picture or a sound, to whoever asked
	sentCode  codeKind = "sent"  // to a phone number or an e-mail address
)

// codes are the captchas and sent codes of one scene of a site: a record an account,
// which holds the live ones as keyed hashes.
type codes struct {
	s     *Service
	d     *domain.Domain
	site  *Site
	scene string
	set   *thingset.Set
}

// live is one captcha that may still be answered.
type live struct {
	hash  string // hex HMAC-SHA-256
	expi  int64  // Unix ms
	tries int    // left
	kind  codeKind
}

// codes opens a scene: a name of letters, digits, - and _, at most 32.
func (s *Service) codes(ctx context.Context, p *people, site *Site, scene string) (*codes, error) {
	if !isScene(scene) {
		return nil, domain.E("e.cmd.arg", domain.Text{ZH: "scene：字母、数字、- 与 _，最多 32 个字符", EN: "scene: letters, digits, - and _, at most 32"})
	}
	dir := captchaDir + domain.Path("/"+site.ID+"/"+scene)
	set, err := p.db.Plain(ctx, dir, thingset.Def{Plain: true})
	return &codes{s, p.d, site, scene, set}, err
}

// record names an account's record: any text is a safe name.
func (c *codes) record(account string) string {
	sum := sha256.Sum256([]byte(account))
	return hex.EncodeToString(sum[:])
}

// hash binds a code to its site, scene and account. Letters are typed in either case.
func (c *codes) hash(account, code string) string {
	code = strings.ToUpper(code)
	mac := hmac.New(sha256.New, c.d.Secret("captcha"))
	for _, part := range []string{c.site.ID, c.scene, account, code} {
		mac.Write(strconv.AppendInt(nil, int64(len(part)), 10))
		mac.Write([]byte{':'})
		mac.Write([]byte(part))
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// add keeps a new code for an account. One that is sent voids those sent
// before; of those that were shown the oldest goes when there are many. Neither kind
// touches the other: anybody may ask for pictures.
func (c *codes) add(ctx context.Context, account, code string, kind codeKind, du time.Duration, tries int) (expi int64, err error) {
	now := c.s.nowMS()
	expi = now + du.Milliseconds()
	err = c.change(ctx, account, func(list []live) ([]live, error) {
		return append(withRoom(list, kind), live{c.hash(account, code), expi, tries, kind}), nil
	})
	return expi, err
}

// withRoom takes away the oldest codes of a kind, so that another one may live.
func withRoom(list []live, kind codeKind) []live {
	most := maxLive
	if kind == sentCode {
		most = 1
	}
	over := 1 - most
	for _, l := range list {
		if l.kind == kind {
			over++
		}
	}
	return slices.DeleteFunc(list, func(l live) bool {
		if l.kind != kind || over <= 0 {
			return false
		}
		over--
		return true
	})
}

// drop takes back a code that could not be sent.
func (c *codes) drop(ctx context.Context, account, code string) error {
	hash := c.hash(account, code)
	return c.change(ctx, account, func(list []live) ([]live, error) {
		return slices.DeleteFunc(list, func(l live) bool { return l.hash == hash }), nil
	})
}

// use takes a code of a kind that an account gives: e.auth.captcha.invalid when
// none such lives. The right one is used up; a wrong one costs every live one
// of that kind a try.
func (c *codes) use(ctx context.Context, account, code string, kind codeKind) error {
	want := c.hash(account, typedCode(code))
	right := false
	err := c.change(ctx, account, func(list []live) ([]live, error) {
		right = false
		kept := list[:0]
		for _, l := range list {
			if !right && l.is(kind) && hmac.Equal([]byte(l.hash), []byte(want)) {
				right = true
				continue
			}
			kept = append(kept, l)
		}
		if right {
			return kept, nil
		}
		return withoutTry(kept, kind), nil
	})
	if err == nil && !right {
		err = domain.E("e.auth.captcha.invalid")
	}
	return err
}

// typedCode is a code in the one form that it was made in: input methods write wide
// digits, and messages are copied with blanks.
func typedCode(code string) string {
	if len(code) > maxTyped {
		return ""
	}
	return strings.Join(strings.Fields(norm.NFKC.String(code)), "")
}

// is reports whether a code counts as one of a kind.
func (l live) is(kind codeKind) bool { return l.kind == kind || l.kind == anyCode }

func withoutTry(list []live, kind codeKind) []live {
	kept := list[:0]
	for _, l := range list {
		if l.is(kind) {
			l.tries--
		}
		if l.tries > 0 {
			kept = append(kept, l)
		}
	}
	return kept
}

// change changes an account's live codes, all at once.
func (c *codes) change(ctx context.Context, account string, f func([]live) ([]live, error)) error {
	id := c.record(account)
	for range 20 {
		rec, err := c.set.Get(ctx, id)
		if err != nil && domain.CodeOf(err) != "e.thing.noexists" {
			return err
		}
		cond := rec.Rev
		if err != nil {
			cond = thingset.Absent
		}
		was := c.read(rec.Body)
		list, err := f(was)
		if err != nil {
			return err
		}
		if err = c.write(ctx, id, list, cond); domain.CodeOf(err) != "e.thing.rev" {
			return err
		}
	}
	return domain.E("e.busy", domain.Text{ZH: "同一账户的并发请求过多", EN: "too many at once for one account"})
}

// read gives the codes that still live, oldest first.
func (c *codes) read(body []byte) []live {
	var list []live
	now := c.s.nowMS()
	for _, v := range gjson.GetBytes(body, "live").Array() {
		l := live{v.Get("h").String(), v.Get("expi").Int(), int(v.Get("tries").Int()), codeKind(v.Get("k").String())}
		if l.expi > now {
			list = append(list, l)
		}
	}
	return list
}

func (c *codes) write(ctx context.Context, id string, list []live, cond thingset.Rev) error {
	if len(list) == 0 {
		if cond == thingset.Absent {
			return nil
		}
		_, err := c.set.Put(ctx, id, []byte(`{"id":"`+id+`","live":[],"expi":`+strconv.FormatInt(c.s.nowMS()+1, 10)+`}`), cond)
		return err
	}
	b := append(relaxed.AppendString([]byte(`{"id":`), id), `,"live":[`...)
	var last int64
	for i, l := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = relaxed.AppendString(append(b, `{"h":`...), l.hash)
		b = appendInt(b, `,"expi":`, l.expi)
		b = appendInt(b, `,"tries":`, int64(l.tries))
		b = append(relaxed.AppendString(append(b, `,"k":`...), string(l.kind)), '}')
		last = max(last, l.expi)
	}
	b = append(appendInt(append(b, ']'), `,"expi":`, last), '}')
	_, err := c.set.Put(ctx, id, b, cond)
	return err
}

// What codes are made of: digits, or letters that are not taken for one another.
const (
	digitSet  = "0123456789"
	letterSet = "ABCDEFGHJKLMNPQRSTUVWXYZ"
)

// newCode makes n random characters of a set, each as likely.
func newCode(set string, n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = set[random(int64(len(set)))]
	}
	return string(text)
}

// random is a number from 0 to n-1, each as likely.
func random(n int64) int64 {
	v, err := rand.Int(rand.Reader, big.NewInt(n))
	if err != nil {
		panic(err) // the operating system gives no randomness: nothing can go on
	}
	return v.Int64()
}

// drawn is a code of digits as dchest/captcha draws and speaks it: 0 to 9 each.
func drawn(code string) []byte {
	digits := []byte(code)
	for i := range digits {
		digits[i] -= '0'
	}
	return digits
}
