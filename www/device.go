package www

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"strconv"
	"strings"
	"time"

	"github.com/caryahq/carya/shell"
)

// A device token tells that somebody has signed in on a device before. It proves
// nobody: all it does is that failures on that device count apart from those of
// strangers, so that nobody can lock a person out of it by guessing. Guessing
// with one is limited as any other.
//
//	d1.<issued, Unix s, base 36>.<16 random bytes>.<HMAC-SHA256>
//
// The MAC binds it to the domain, the accounts and the person; its key is the domain's, derived from the root's.
// A device that several people use holds several tokens, joined by `~`. The
// engine takes them from the cookie carya_device (on a host mapped to one
// domain), the header X-Carya-Device or the parameter device.
const (
	deviceAge  = 180 * 24 * time.Hour
	deviceMost = 4 // people of one device
	deviceMax  = 1024
	deviceSep  = "~"
)

// deviceToken makes a token for a person.
func (s *Service) deviceToken(p *people, site *Site, uid string) string {
	nonce := make([]byte, 16)
	rand.Read(nonce)
	head := "d1." + strconv.FormatInt(s.o.Now().Unix(), 36) + "." + b64url.EncodeToString(nonce)
	return head + "." + s.deviceMAC(p, site, uid, head)
}

func (s *Service) deviceMAC(p *people, site *Site, uid, head string) string {
	mac := hmac.New(sha256.New, p.d.Secret("device"))
	for _, part := range []string{p.d.Name(), string(site.Accounts), uid, head} {
		mac.Write(append([]byte(part), 0))
	}
	return b64url.EncodeToString(mac.Sum(nil))
}

// device is the token among those of a request that was made for a person, "" when
// none is; old says that it is to be replaced soon.
func (s *Service) device(c *shell.Call, p *people, site *Site, uid string) (token string, old bool) {
	for _, token := range givenDevices(c) {
		at := strings.LastIndexByte(token, '.')
		if at < 0 || !hmac.Equal([]byte(token[at+1:]), []byte(s.deviceMAC(p, site, uid, token[:at]))) {
			continue
		}
		issued, err := strconv.ParseInt(strings.Split(token, ".")[1], 36, 64)
		if age := s.o.Now().Sub(time.Unix(issued, 0)); err == nil && age < deviceAge {
			return token, age > deviceAge/2
		}
	}
	return "", false
}

// givenDevices are the tokens that a request carries.
func givenDevices(c *shell.Call) []string {
	if c.Request == nil || c.Request.Device == nil {
		return nil
	}
	text := c.Request.Device()
	if text == "" || len(text) > deviceMax {
		return nil
	}
	return strings.SplitN(text, deviceSep, deviceMost+1)[:min(deviceMost, strings.Count(text, deviceSep)+1)]
}

// rememberDevice gives the tokens that a device holds after a person has signed in
// on it, and has the engine keep them where it can. "" without a request.
func (s *Service) rememberDevice(c *shell.Call, p *people, site *Site, uid string) string {
	if c.Request == nil || c.Request.Device == nil {
		return ""
	}
	token, old := s.device(c, p, site, uid)
	all := []string{token}
	if token == "" || old {
		all[0] = s.deviceToken(p, site, uid)
	}
	for _, other := range givenDevices(c) {
		if other != token && len(all) < deviceMost {
			all = append(all, other)
		}
	}
	text := strings.Join(all, deviceSep)
	if c.Request.SetDevice != nil {
		c.Request.SetDevice(text, deviceAge)
	}
	return text
}

// attempt is what a failure is counted for.
type attempt struct{ account, addr string }

// attempt is that of a caller who tries to be somebody: the account (or the name
// that nobody has) and the address; on a device that they have signed in on before
// the device alone.
func (s *Service) attempt(c *shell.Call, p *people, site *Site, who *Person, name string) attempt {
	if who != nil {
		if token, _ := s.device(c, p, site, who.ID); token != "" {
			return attempt{account: guessedName(site, who, name) + "\x00device\x00" + token}
		}
	}
	return attempt{guessedName(site, who, name), remote(c)}
}
