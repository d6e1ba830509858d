package send

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/filestore"
)

// desk is a domain on disk with its post office.
type desk struct {
	t    *testing.T
	d    *domain.Domain
	post *Post
	log  *syncText
}

// syncText is a log that can be read while it is written.
type syncText struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncText) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncText) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// quick are options that wait for nothing long.
var quick = Options{Wait: 20 * time.Second, Try: 10 * time.Second, Pauses: []time.Duration{time.Millisecond, time.Millisecond}}

func newDesk(t *testing.T, conf string, o Options) *desk {
	t.Helper()
	dir := t.TempDir()
	w := &desk{t: t, log: &syncText{}}
	log := slog.New(slog.NewTextHandler(w.log, nil))
	store, err := filestore.Open(filestore.Options{Dir: func(dom string) string { return filepath.Join(dir, dom) }, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	root, err := domain.OpenRoot(dir, domain.RootOptions{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close(); store.Close() })
	if w.d, err = root.Create("demo"); err != nil {
		t.Fatal(err)
	}
	for _, local := range []string{"127.0.0.1", "::1"} { // where the tests' servers are
		if _, err := root.Grant("demo", grant.Change{Kind: "network", Value: local}); err != nil {
			t.Fatal(err)
		}
	}
	w.write("domain.json", conf)
	o.Log = log
	w.post = NewPost(w.d, thingset.NewDB(w.d, store), o)
	return w
}

// write writes a file of ~/.domain.
func (w *desk) write(name, text string) {
	w.t.Helper()
	if err := w.d.Tree(domain.Owner).WriteFile(domain.Path(".domain/"+name), []byte(text)); err != nil {
		w.t.Fatal(err)
	}
}

// code is a message with the code 123456.
func code(ch Channel, to string) Message {
	return Message{Channel: ch, To: to, Site: "s", Scene: "auth", Lang: "en", Values: map[string]string{"code": "123456", "minutes": "5"}}
}

// sent is a file of the outbox.
func (w *desk) sent(id, ext string) string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.d.Dir(), ".domain/outbox", id+ext))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// state is what the record says of a delivery.
func (w *desk) state(id string) gjson.Result {
	w.t.Helper()
	set, err := w.post.Deliveries(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	rec, err := set.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	if strings.Contains(string(rec.Body), "123456") {
		w.t.Errorf("the record holds the code: %s", rec.Body)
	}
	return gjson.ParseBytes(rec.Body)
}

func TestOutboxKeepsFiles(t *testing.T) {
	t.Parallel()
	w := newDesk(t, `{}`, quick)
	id, err := w.post.Send(t.Context(), code(Mail, "a@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	eml := w.sent(id, ".eml")
	for _, want := range []string{"To: <a@example.com>\r\n", "Subject: 123456 is your code\r\n", "Your code is 123456"} {
		if !strings.Contains(strings.ReplaceAll(eml, "your code is", "Your code is"), want) {
			t.Errorf("no %q in\n%s", want, eml)
		}
	}
	m := code(SMS, "+8613900000001")
	m.Lang = "zh_CN"
	if id, err = w.post.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if text := gjson.Get(w.sent(id, ".json"), "text").String(); !strings.HasPrefix(text, "您的验证码是 123456，5 分钟内有效") {
		t.Error(text)
	}
	if s := w.state(id); s.Get("state").String() != "sent" || s.Get("to").String() != "+8613900000001" || s.Get("tries").Int() != 1 {
		t.Error(s)
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	w := newDesk(t, `{}`, quick)
	w.write("templates/sms/auth.en.txt", "auth.en ${code}")
	w.write("templates/sms/auth.txt", "auth ${code}")
	w.write("templates/sms/default.txt", "default ${code} ${name?you}")
	for want, m := range map[string]Message{
		"auth.en 123456":     {Scene: "auth", Lang: "en"},
		"auth 123456":        {Scene: "auth", Lang: "ja"},
		"default 123456 you": {Scene: "bind", Lang: "en"},
		"default 123456 ${code} $(x) `y`": {Scene: "bind", Lang: "en", Values: map[string]string{
			"code": "123456", "name": "${code} $(x) `y`"}}, // data is not read again
	} {
		m.Channel, m.To = SMS, "+1"
		if m.Values == nil {
			m.Values = map[string]string{"code": "123456"}
		}
		if err := fill(w.d, &m); err != nil || m.Text != want {
			t.Errorf("want %q, got %q, %v", want, m.Text, err)
		}
	}
	for _, name := range []string{"../auth", "a/b", "", strings.Repeat("x", 33)} {
		m := Message{Channel: SMS, Template: name, Lang: "en"}
		if err := fill(w.d, &m); domain.CodeOf(err) != "e.send.config" {
			t.Errorf("%q: %v", name, err)
		}
	}
	w.write("templates/sms/broken.txt", "${code")
	m := Message{Channel: SMS, Scene: "broken", Lang: "en"}
	if err := fill(w.d, &m); domain.CodeOf(err) != "e.send.config" {
		t.Error(err)
	}
}

func TestNoValueBeginsAHeader(t *testing.T) {
	t.Parallel()
	w := newDesk(t, `{senders:{mail:{from:"A \"B\" <a@example.com>"}}}`, quick)
	w.write("templates/mail/auth.txt", "Subject: Hello ${name}\n\nDear ${name}")
	m := code(Mail, "a@example.com")
	m.Values["name"] = "x\r\nBcc: evil@example.com\r\n\r\nboo"
	id, err := w.post.Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(w.sent(id, ".eml"), "\r\n\r\n")
	if strings.Contains(head, "\nBcc") || !strings.Contains(head, "Subject: Hello x  Bcc: evil@example.com") {
		t.Error(head)
	}
	for _, to := range []string{"a@example.com\r\nBcc: b@example.com", "a@example.com, b@example.com", "A <a@example.com>", "@", "a@b c"} {
		if IsAddress(to) {
			t.Errorf("%q is taken for an address", to)
		}
	}
}

// carrier is a sender whose answers a test gives.
type carrier func(ctx context.Context, m *Message) error

func (f carrier) Send(ctx context.Context, m *Message) error { return f(ctx, m) }

// by sends a message by a carrier, with all that Send does after settings.
func (w *desk) by(f carrier) (*record, error) {
	m := code(SMS, "+8613900000001")
	m.ID, m.Until = domain.NewID(), time.Now().Add(time.Minute)
	r := &record{ID: m.ID, To: m.To, State: "sending", CT: time.Now().UnixMilli()}
	if err := w.post.write(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
	return r, w.post.wait(w.t.Context(), f, &m, r)
}

func TestFailuresThatPassAreTriedAgain(t *testing.T) {
	t.Parallel()
	w := newDesk(t, `{}`, quick)
	n := 0
	r, err := w.by(func(context.Context, *Message) error {
		if n++; n < 3 {
			return errors.New("try again")
		}
		return nil
	})
	if s := w.state(r.ID); err != nil || s.Get("state").String() != "sent" || s.Get("tries").Int() != 3 {
		t.Errorf("%v, %s", err, s)
	}
	n = 0
	r, err = w.by(func(context.Context, *Message) error { n++; return Permanent(domain.E("e.send.refused", "no")) })
	if s := w.state(r.ID); n != 1 || err == nil || s.Get("state").String() != "failed" || !strings.Contains(s.Get("err").String(), "e.send.refused") {
		t.Errorf("%d tries, %v, %s", n, err, s)
	}
	n = 0
	r, err = w.by(func(context.Context, *Message) error { n++; return errors.New("worded by a stranger") })
	if s := w.state(r.ID); n != 3 || err == nil || s.Get("err").String() != "e.send.failed" {
		t.Errorf("%d tries, %v, %s", n, err, s)
	}
}

func TestASlowCarrierIsWaitedForWithoutTheCaller(t *testing.T) {
	t.Parallel()
	o := quick
	o.Wait = time.Millisecond
	w := newDesk(t, `{}`, o)
	gate := make(chan struct{})
	r, err := w.by(func(context.Context, *Message) error { <-gate; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if s := w.state(r.ID); s.Get("state").String() != "sending" {
		t.Errorf("before it is over: %s", s)
	}
	close(gate)
	for w.state(r.ID).Get("state").String() != "sent" {
		if t.Context().Err() != nil {
			t.Fatal("never sent")
		}
	}
}

func TestWhoWasToldThatItFailedGetsNothingLater(t *testing.T) {
	t.Parallel()
	o := quick
	o.Wait, o.Pauses = 50*time.Millisecond, []time.Duration{time.Hour}
	w := newDesk(t, `{}`, o)
	w.post.o.Pauses = []time.Duration{30 * time.Second}
	r, err := w.by(func(context.Context, *Message) error { return errors.New("no") })
	if s := w.state(r.ID); err == nil || s.Get("state").String() != "failed" {
		t.Errorf("%v, %s", err, s)
	}
}

// What every message would meet is told by check, where it stands and what to do.
func TestCheckTellsWhatIsWrongInTheSenders(t *testing.T) {
	t.Parallel()
	w := newDesk(t, "{}", quick)
	for conf, want := range map[string]string{
		`{}`:                                 ``,
		`{senders:{}}`:                       ``,
		`{senders:{mail:{cost:1,from:"x"}}}`: ``,
		`{senders:{mail:{use:"smtp",host:"mail.example.com",from:"a@example.com"}}}`:                                    ``,
		`{senders:{email:{use:"smtp"}}}`:                                                                                `:1:17: warning: senders have no "email"`,
		`{senders:{sms:{use:"pigeon"}}}`:                                                                                `:1:20: domain.json: senders.sms.use: want one of aliyun,`,
		`{senders:{sms:{use:"gateway",url:"https://x.example"}}}`:                                                       `:1:15: domain.json: senders.sms.secret: is missing, and gateway needs it`,
		`{senders:{sms:{use:"gateway",url:"https://x.example",secret:"s3cret"}}}`:                                       `:1:61: domain.json: senders.sms.secret: a secret does not stand in the settings`,
		`{senders:{sms:{use:"gateway",url:"ftp://x",secret:"env:X"}}}`:                                                  `:1:34: domain.json: senders.sms.url: want https`,
		`{senders:{sms:{use:"twilio",sid:"AC1",from:"+1",secret:"env:NONE"}}}`:                                          `:1:56: domain.json: senders.sms.secret: the operator has not granted the variable NONE: carya grant demo env NONE`,
		`{senders:{sms:{use:"aliyun",keyId:"L",sign:"S",secret:"file:secrets/no"}}}`:                                    `:1:15: domain.json: senders.sms.templates: is missing`,
		`{senders:{mail:{use:"smtp",host:"mail.example.com",from:"a@example.com",user:"me",passwd:"file:secrets/no"}}}`: `senders.mail.passwd: file:secrets/no cannot be opened`,
		`{senders:{mail:{use:"smtp",host:"mail.example.com",from:"nobody"}}}`:                                           `:1:57: domain.json: senders.mail.from: not an address`,
		`{senders:{keep:"1s"}}`:  `:1:16: domain.json: senders.keep`,
		`{senders:{dayCost:-1}}`: `:1:19: domain.json: senders.mail.cost, dayCost`,
	} {
		w.write("domain.json", conf)
		var got []string
		for _, f := range w.post.Check() {
			got = append(got, f.String())
			if f.MsgZH == "" {
				t.Errorf("in one language: %s", f)
			}
		}
		if all := strings.Join(got, "\n"); len(got) > 1 && !strings.Contains(conf, "dayCost") || !strings.Contains(all, want) || (all == "") != (want == "") {
			t.Errorf("%s: %s, want %s", conf, all, want)
		}
	}
}
