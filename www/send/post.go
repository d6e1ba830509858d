package send

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/outbound"
	"github.com/caryahq/carya/thingset"
)

// Options is what a post office works with; what is zero has its default.
type Options struct {
	Now    func() time.Time
	Log    *slog.Logger
	Out    *outbound.Dialer // to providers
	Wait   time.Duration    // how long a caller waits for the outcome
	Try    time.Duration    // how long one try may take
	Pauses []time.Duration  // between tries
}

// Defaults fills in what is zero.
func (o Options) Defaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Wait == 0 {
		o.Wait = 8 * time.Second
	}
	if o.Try == 0 {
		o.Try = 15 * time.Second
	}
	if o.Pauses == nil {
		o.Pauses = []time.Duration{500 * time.Millisecond, 2 * time.Second, 8 * time.Second, 30 * time.Second}
	}
	if o.Out == nil {
		o.Out = outbound.New()
	}
	return o
}

// Client is an HTTP client of a domain to its providers; it follows no redirect.
func (o Options) Client(d *domain.Domain) *http.Client {
	c := o.Out.Client(d, nil)
	c.Timeout = o.Try
	return c
}

// Post is the post office of one open domain. It may be used from many goroutines.
type Post struct {
	d    *domain.Domain
	db   *thingset.DB
	o    Options
	tidy tidy
}

// NewPost opens the post office of a domain.
func NewPost(d *domain.Domain, db *thingset.DB, o Options) *Post {
	return &Post{d: d, db: db, o: o.Defaults()}
}

// maker makes a sender of its settings: e.send.config.
type maker func(*Config, Options) (Sender, error)

// makers are the senders of each channel, by the name that `use` has.
func makers(ch Channel) map[string]maker {
	if ch == Mail {
		return map[string]maker{"outbox": newOutbox, "smtp": newSMTP, "gateway": newGateway}
	}
	return map[string]maker{
		"outbox": newOutbox, "aliyun": newAliyun, "tencent": newTencent, "twilio": newTwilio, "gateway": newGateway,
	}
}

func (p *Post) sender(c *Config) (Sender, error) {
	all := makers(c.Channel)
	if f, ok := all[c.Use]; ok {
		return f(c, p.o)
	}
	return nil, c.fault("use", domain.Textf("只能是 %v 之一", "want one of %v", strings.Join(slices.Sorted(maps.Keys(all)), ", ")))
}

// Send sends a message and gives the id of its delivery. It waits a while for the
// outcome, and longer than the caller's request lives: one who hangs up does not
// keep a message from being sent. A failure that may pass is tried again, with
// growing pauses; when the caller has been told that it failed, no more.
// A carrier that only takes its time is waited for without the caller.
func (p *Post) Send(ctx context.Context, m Message) (id string, err error) {
	c, err := ReadConfig(p.d, m.Channel)
	if err != nil {
		return "", err
	}
	sender, err := p.sender(c)
	if err != nil {
		return "", err
	}
	m.ID = domain.NewID()
	if err := fill(p.d, &m); err != nil {
		return "", err
	}
	if err := p.spend(ctx, c); err != nil {
		return "", err
	}
	if m.Until.IsZero() {
		m.Until = p.o.Now().Add(time.Minute)
	}
	r := &record{ID: m.ID, Channel: m.Channel, To: m.To, Site: m.Site, Scene: m.Scene, Template: m.Template,
		Lang: m.Lang, By: c.Use, Cost: c.Cost, State: "sending", CT: p.o.Now().UnixMilli()}
	r.Expi = r.CT + c.Keep.Milliseconds()
	if err := p.write(ctx, r); err != nil {
		return "", err
	}
	return m.ID, p.wait(context.WithoutCancel(ctx), sender, &m, r)
}

// wait has a message sent and waits for the outcome.
func (p *Post) wait(ctx context.Context, sender Sender, m *Message, r *record) error {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	var mu sync.Mutex
	var last error // of the latest try that failed
	note := func(err error) { mu.Lock(); last = err; mu.Unlock() }
	go func() {
		defer stop()
		err := p.try(ctx, sender, m, r, note)
		r.finish(err, p.o.Now())
		if e := p.write(context.WithoutCancel(ctx), r); e != nil {
			p.o.Log.Warn("a delivery could not be written down", "domain", p.d.Name(), "delivery", m.ID, "err", e)
		}
		done <- err
		p.Tidy()
	}()
	timer := time.NewTimer(p.o.Wait)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
	}
	mu.Lock()
	err := last
	mu.Unlock()
	if err != nil { // told so now: it must not arrive later
		stop()
		return <-done
	}
	return nil
}

// try tries until it is sent, there is no use, or it is too late.
func (p *Post) try(ctx context.Context, sender Sender, m *Message, r *record, note func(error)) error {
	for n := 0; ; n++ {
		r.Tries = n + 1
		once, cancel := context.WithTimeout(ctx, p.o.Try)
		err := sender.Send(once, m)
		cancel()
		if err == nil {
			return nil
		}
		p.o.Log.Warn("a message could not be sent", "domain", p.d.Name(), "delivery", m.ID, "channel", m.Channel, "by", r.By, "try", n+1, "err", err)
		note(err)
		if IsPermanent(err) || n >= len(p.o.Pauses) || p.o.Now().Add(p.o.Pauses[n]).After(m.Until) || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(p.o.Pauses[n]):
		case <-ctx.Done():
			return err
		}
	}
}

// record is what is written down of a delivery.
type record struct {
	ID       string  `json:"id"`
	Channel  Channel `json:"as"`
	To       string  `json:"to"`
	Site     string  `json:"site"`
	Scene    string  `json:"scene"`
	Template string  `json:"by"`
	Lang     string  `json:"lang"`
	By       string  `json:"sender"`
	State    string  `json:"state"` // sending, sent, failed
	Tries    int     `json:"tries"`
	Cost     float64 `json:"cost"`
	Err      string  `json:"err,omitempty"`
	File     string  `json:"file,omitempty"` // of the outbox, with the message
	CT       int64   `json:"ct"`
	LM       int64   `json:"lm"`
	Expi     int64   `json:"expi"`
}

func (r *record) finish(err error, now time.Time) {
	if r.State = "sent"; err != nil {
		r.State, r.Err = "failed", reason(err)
	} else if path, bad := outboxFile(r.ID, r.Channel); r.By == "outbox" && bad == nil {
		r.File = path.String()
	}
	r.LM = now.UnixMilli()
}

// reason is what the record says of an error: its code and detail, never a cause
// that a carrier worded.
func reason(err error) string {
	if errors.As(err, new(*domain.Error)) {
		return domain.AsError(err).Error()
	}
	return "e.send.failed"
}

// Deliveries is the set of what was sent: {id, as, to, site, scene, by, lang, sender,
// state, tries, cost, err, file, ct, lm, expi}, kept as long as senders.keep says.
func (p *Post) Deliveries(ctx context.Context) (*thingset.Set, error) {
	return p.db.Plain(ctx, ".domain/delivery", thingset.Def{Plain: true, Loose: -1})
}

func (p *Post) write(ctx context.Context, r *record) error {
	set, err := p.Deliveries(ctx)
	if err != nil {
		return err
	}
	if r.LM == 0 {
		r.LM = r.CT
	}
	body, err := json.Marshal(r)
	if err != nil {
		return domain.Wrap(err, "e.internal", "delivery")
	}
	_, err = set.Put(ctx, r.ID, body, 0)
	return err
}
