package cmds

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
	"github.com/caryahq/carya/thingset"
)

// thingWatch is `thing SET watch [MATCH]`.
func thingWatch(d Deps) *shell.Command {
	return &shell.Command{
		Name:   "watch",
		Manual: manual("thingwatch"),
		Params: []shell.Param{setParam(), matchParam()},
		Options: []shell.Option{
			option("after", "REV", shell.Int, "begin behind this revision; else with what comes", "从该修订号之后开始，不给则从现在起"),
			option("n", "COUNT", shell.Int, "end after so many changes", "收到这么多条后结束"),
			option("wait", "TIME", shell.Duration, "end when this time has passed", "到时即结束"),
			flag("sse", "as server-sent events, for an endpoint with http-sse; the request's Last-Event-ID counts as -after", "输出为服务器推送事件（接口设 http-sse），请求头 Last-Event-ID 相当于 -after"),
			option("beat", "TIME", shell.Duration, "with -sse: how long it may be quiet before a sign of life (15s)", "配合 -sse：心跳间隔，默认 15s"),
			viewOption(),
		},
		Run: withSet(d, runThingWatch),
	}
}

func runThingWatch(c *shell.Call, set *thingset.Set) error {
	o, err := watching(c)
	if err != nil {
		return err
	}
	most, err := wholeNumber(c, "n", 0)
	if err != nil {
		return err
	}
	show, err := viewOf(c)
	if err != nil {
		return err
	}
	w := &watchWriter{c: c, show: show, sse: c.Has("sse")}
	ctx, cancel, err := watchTime(c)
	if err != nil {
		return err
	}
	defer cancel()
	ctx, stop := lasting(c, ctx)
	defer stop()
	if err := w.hello(); err != nil {
		return err
	}
	n := 0
	for e, err := range set.Watch(ctx, o) {
		if err == nil {
			err = w.event(e)
		} else if ctx.Err() != nil && c.Context().Err() == nil {
			return reason(ctx) // -wait
		}
		if err != nil {
			return err
		}
		if e.ID != "" {
			n++
		}
		if most > 0 && n >= most {
			return nil
		}
	}
	return nil
}

// lasting is a context that ends with what let the caller of an endpoint in.
func lasting(c *shell.Call, ctx context.Context) (context.Context, context.CancelFunc) {
	if c.Request == nil || c.Request.Lasting == nil {
		return context.WithCancel(ctx)
	}
	return c.Request.Lasting(ctx)
}

// reason is why a watch ended before its time; nil when its time has come.
func reason(ctx context.Context) error {
	if why, ok := errors.AsType[*domain.Error](context.Cause(ctx)); ok {
		return why
	}
	return nil
}

// watching reads -after, the request's Last-Event-ID and -beat.
func watching(c *shell.Call) (o thingset.Watching, err error) {
	o.Now = true
	if o.Match, err = thingMatch(c.Arg(1)); err != nil {
		return o, err
	}
	if c.Has("after") {
		n, err := wholeNumber(c, "after", 0)
		if err != nil {
			return o, err
		}
		o.After, o.Now = thingset.Rev(n), false
	}
	if !c.Has("sse") {
		return o, nil
	}
	if c.Request != nil && c.Request.Header != nil {
		lastEvent(c.Request.Header("Last-Event-ID"), &o)
	}
	o.Beat = 15 * time.Second
	if c.Has("beat") {
		o.Beat, err = c.Opt("beat").Duration()
		o.Beat = max(o.Beat, time.Second/10)
	}
	return o, err
}

// lastEvent reads the id of the last event that a client has got. Of one that is no
// revision nobody knows what was missed behind it.
func lastEvent(id string, o *thingset.Watching) {
	if id == "" {
		return
	}
	n, err := strconv.ParseUint(id, 10, 63)
	o.After, o.Now, o.Unknown = thingset.Rev(n), false, err != nil
}

// watchWriter writes a line, or an event, a change.
type watchWriter struct {
	c    *shell.Call
	show view
	sse  bool
	buf  []byte
}

// largeEvent is from where on an event is counted for the domain while it is sent, and its
// memory not kept for the next one: thousands may wait for clients that are slow.
const largeEvent = 64 << 10

// hello opens a stream of events at once, so that the page knows it is there.
func (w *watchWriter) hello() error {
	if !w.sse {
		return nil
	}
	return w.write([]byte("retry: 2000\n\n"))
}

// write sends bytes on at once.
func (w *watchWriter) write(p []byte) error {
	if _, err := w.c.Out.Write(p); err != nil {
		return err
	}
	return w.c.Flush()
}

func (w *watchWriter) event(e thingset.News) error {
	if n := 2 * len(e.Body); n > largeEvent {
		if err := w.c.Hold(n); err != nil {
			return err
		}
		defer w.c.Drop(n)
		defer func() { w.buf = nil }()
	}
	b := w.buf[:0]
	switch {
	case w.sse:
		b = w.appendSSE(b, e)
	case e.Kind == thingset.Lost:
		return domain.E("e.thing.feed.lost", domain.Textf("请以 -after %v 继续", "go on with -after %v", e.Rev)).With(map[string]any{"rev": e.Rev})
	default:
		b = append(w.appendData(b, e), '\n')
	}
	w.buf = b
	return w.write(b)
}

// appendSSE appends an event of a stream (HTML standard, section 9.2). Only the
// last event of a revision has its id: a client that comes back misses none.
func (w *watchWriter) appendSSE(b []byte, e thingset.News) []byte {
	if e.Last {
		b = fmt.Appendf(b, "id: %d\n", e.Rev)
	}
	switch e.Kind {
	case thingset.Beat:
		return append(b, ":\n\n"...)
	case thingset.Lost:
		return fmt.Appendf(b, "event: lost\ndata: {\"errCode\":\"e.thing.feed.lost\",\"rev\":%d}\n\n", e.Rev)
	}
	b = fmt.Appendf(b, "event: %s\ndata: ", e.Kind)
	return append(w.appendData(b, e), "\n\n"...)
}

// appendData appends {"rev","event","id","thing"} as one line.
func (w *watchWriter) appendData(b []byte, e thingset.News) []byte {
	b = fmt.Appendf(b, `{"rev":%d,"event":"%s","id":`, e.Rev, e.Kind)
	b = relaxed.AppendString(b, e.ID)
	if e.Body != nil {
		b = append(b, `,"thing":`...)
		b = relaxed.AppendCompact(b, w.show(nil, e.Body))
	}
	return append(b, '}')
}
