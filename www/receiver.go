package www

import (
	"context"
	"encoding/json"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/www/send"
)

// receiverLimits are how many messages one phone number or address gets of a
// domain, whatever the site, the scene and whoever asks: nobody's phone is
// flooded, and nobody gets many codes to guess at. They are records of
// ~/.domain/receiver, so that a restart forgets nothing.
var receiverLimits = []struct {
	most   int
	window time.Duration
}{{1, time.Minute}, {5, time.Hour}, {10, 24 * time.Hour}}

// receipts are the times of one receiver's messages, Unix ms, oldest first.
type receipts struct {
	ID   string  `json:"id"`
	At   []int64 `json:"at"`
	Expi int64   `json:"expi"`
}

// reserve counts a message before it is sent, so that of many at once no more pass
// than may: e.auth.vcode.wait, with the seconds as data, when it is too soon.
func (s *Service) reserve(ctx context.Context, p *people, ch send.Channel, to string) error {
	set, err := p.db.Plain(ctx, ".domain/receiver", thingset.Def{Plain: true, Loose: -1})
	if err != nil {
		return err
	}
	r := receipts{ID: guessKey("receiver/"+string(ch), to)}
	for range maxTries {
		rec, err := set.Get(ctx, r.ID)
		cond := rec.Rev
		if domain.CodeOf(err) == "e.thing.noexists" {
			cond, rec.Body = thingset.Absent, []byte(`{}`)
		} else if err != nil {
			return err
		}
		r.At = nil
		if err := json.Unmarshal(rec.Body, &r); err != nil {
			return domain.Wrap(err, "e.store.damaged", "receiver")
		}
		now := s.steadyMS()
		if wait := r.wait(now); wait > 0 {
			seconds := int((wait + 999) / 1000)
			return domain.E("e.auth.vcode.wait", inSeconds(seconds)).With(seconds)
		}
		r.add(now)
		body, err := json.Marshal(&r)
		if err != nil {
			return domain.Wrap(err, "e.internal", "receiver")
		}
		if _, err = set.Put(ctx, r.ID, body, cond); domain.CodeOf(err) != "e.thing.rev" {
			return err
		}
	}
	return domain.E("e.busy", domain.Text{ZH: "同一接收者的并发请求过多", EN: "too many at once for one receiver"})
}

// wait is how long it is until the next message may go, in ms. A time that
// lies ahead, as after the clock was set back, counts as now.
func (r *receipts) wait(now int64) (ms int64) {
	for i := range r.At {
		r.At[i] = min(r.At[i], now)
	}
	for _, l := range receiverLimits {
		if n := len(r.At) - l.most; n >= 0 {
			ms = max(ms, r.At[n]+l.window.Milliseconds()-now)
		}
	}
	return ms
}

func (r *receipts) add(now int64) {
	longest := receiverLimits[len(receiverLimits)-1]
	if r.At = append(r.At, now); len(r.At) > longest.most {
		r.At = r.At[len(r.At)-longest.most:]
	}
	r.Expi = now + longest.window.Milliseconds()
}
