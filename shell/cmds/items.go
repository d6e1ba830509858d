package cmds

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

// smallInput is up to how many bytes a list is read whole; it may be relaxed JSON
// then. A longer one is strict JSON and streams.
const smallInput = 1 << 20

// eachItem calls f with the items of the pipe: those of a JSON list, or JSON
// values one after the other. Nothing is no item.
func eachItem(c *shell.Call, f func(shell.Value) error) error {
	in := withContext(c, c.In)
	head, err := io.ReadAll(io.LimitReader(in, smallInput+1))
	if err == nil {
		err = c.Hold(len(head))
	}
	if err != nil {
		return err
	}
	if len(head) > smallInput {
		return eachStrict(c, io.MultiReader(bytes.NewReader(head), in), f)
	}
	if strings.TrimSpace(string(head)) == "" {
		return nil
	}
	raw, err := relaxed.ToJSON(string(head))
	if err != nil {
		if severalValues(head) {
			return eachStrict(c, bytes.NewReader(head), f)
		}
		_, err = toJSON(string(head))
		return err
	}
	return eachStrict(c, bytes.NewReader(raw), f)
}

// severalValues reports whether a text is strict JSON values one after the other.
func severalValues(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return err == io.EOF
		}
	}
}

// eachStrict streams the items of a strict JSON list, or JSON values one after the
// other.
func eachStrict(c *shell.Call, r io.Reader, f func(shell.Value) error) error {
	meter := &itemMeter{r: r, peak: peak{c: c}}
	d, g := json.NewDecoder(meter), f
	f = func(v shell.Value) error { meter.n = 0; return g(v) }
	first, err := firstByte(d)
	if err != nil || first == 0 {
		return err
	}
	if first != '[' {
		return eachValue(d, f, func() bool { return true })
	}
	if _, err := d.Token(); err != nil {
		return badJSON(d, err)
	}
	if err := eachValue(d, f, d.More); err != nil {
		return err
	}
	if _, err := d.Token(); err != nil {
		return badJSON(d, err)
	}
	_, err = d.Token()
	if _, bad := errors.AsType[*json.SyntaxError](err); bad || err == nil {
		return domain.E("e.json", domain.Text{ZH: "列表之后还有内容", EN: "there is more after the list"})
	}
	return badEnd(err)
}

// badEnd is what ended reading behind a list: nil when it was the end.
func badEnd(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// itemMeter bounds what one item makes the decoder hold.
type itemMeter struct {
	r    io.Reader
	n    int
	peak peak
}

// Read implements io.Reader.
func (m *itemMeter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if m.n += n; m.n > shell.MaxInput {
		return 0, domain.E("e.io.toolarge", domain.Textf("一项超过 %v 字节", "an item of more than %v bytes", shell.MaxInput))
	}
	if over := m.peak.at(m.n); over != nil {
		return 0, over
	}
	return n, err
}

func eachValue(d *json.Decoder, f func(shell.Value) error, more func() bool) error {
	for more() {
		var v json.RawMessage
		err := d.Decode(&v)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return badJSON(d, err)
		}
		if err := f(shell.Value{Text: string(v), JSON: true}); err != nil {
			return err
		}
	}
	return nil
}

// firstByte is the first byte that is no blank, 0 at the end. It stays in the
// decoder's buffer, which it makes the decoder fill.
func firstByte(d *json.Decoder) (byte, error) {
	if d.More() {
		rest, err := io.ReadAll(d.Buffered())
		if err != nil || len(bytes.TrimSpace(rest)) == 0 {
			return 0, err
		}
		return bytes.TrimSpace(rest)[0], nil
	}
	if _, err := d.Token(); err != io.EOF {
		return 0, badJSON(d, err)
	}
	return 0, nil
}

func badJSON(d *json.Decoder, err error) error {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return domain.E("e.json", domain.Textf("JSON 不合法，第 %[2]d 字节处", "%[1]s at byte %[2]d", e.Error(), e.Offset))
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
		return domain.E("e.json", domain.Textf("内容过早结束，第 %v 字节处", "the text ends too early, at byte %v", d.InputOffset()))
	}
	return err
}

// eachTextLine calls f with the lines of the pipe.
func eachTextLine(c *shell.Call, f func(shell.Value) error) error {
	return eachLine(withContext(c, c.In), func(line []byte) error {
		return f(shell.Value{Text: string(withoutEnd(line))})
	})
}
