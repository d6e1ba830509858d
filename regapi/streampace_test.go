package regapi

import (
	"testing"

	"github.com/caryahq/carya/shell"
)

// What a stream of events works takes turns as any other long work does, each of which
// ends when the client is sent something.
func TestAStreamTakesTurnsForLongWork(t *testing.T) {
	t.Parallel()
	work := &shell.Command{Name: "work", Run: func(c *shell.Call) error {
		for range 3 {
			if err := c.LongWork(); err != nil {
				return err
			}
			if _, err := c.Out.Write([]byte("data: x\n\n")); err != nil {
				return err
			}
			if err := c.Flush(); err != nil {
				return err
			}
		}
		return nil
	}}
	w := newWorld(t, func(o *Options) { o.Registry = testRegistry(work) })
	w.api("events", "{\"http-sse\":true}\n%COPY:\nwork\n%END%")
	if status, got := w.get("/api/demo/events"); status != 200 || got != "data: x\n\ndata: x\n\ndata: x\n\n" {
		t.Fatalf("%d %q", status, got)
	}
	if got := w.h.Usage(w.domain("demo")).Turns; got != 3 {
		t.Errorf("%d turns, want 3", got)
	}
}
