package cmds

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

// nothing counts what is written and keeps the greatest memory that was held meanwhile.
type nothing struct {
	n    int
	most uint64
}

func (w *nothing) Write(p []byte) (int, error) {
	if w.n += len(p); w.n%(8<<20) < len(p) {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		w.most = max(w.most, m.HeapAlloc)
	}
	return len(p), nil
}

// The answer of another server is handed on as it comes: 100 MB of it are never in
// memory, also with -full.
func TestALongAnswerIsNeverHeldInMemory(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		line := []byte(strings.Repeat("0123456789\"\n", 8<<10))
		for range 1000 {
			if _, err := w.Write(line); err != nil {
				return
			}
		}
	}))
	t.Cleanup(s.Close)
	res, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	out := &nothing{}
	if err := copyQuoted(out, res.Body); err != nil {
		t.Fatal(err)
	}
	if want := 1000 * (8 << 10) * 14; out.n != want { // the quote and the newline are escaped
		t.Errorf("%d bytes, want %d", out.n, want)
	}
	if grown := int64(out.most) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("%d MiB are held", grown>>20)
	}
}

// However its characters fall, a body comes out as it came.
func TestAFullAnswerIsTheBodyAsItCame(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "a", strings.Repeat("中", fullPiece), "x" + strings.Repeat("中", fullPiece), "xy" + strings.Repeat("😀", fullPiece), strings.Repeat("\x01\"\\", fullPiece)} {
		host, typed := other(t, true, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
		for _, option := range []string{"", " -c"} {
			var got struct {
				Status  int
				Headers map[string]string
				Body    string
			}
			out := typed("http http://" + host + "/ -full" + option)
			if err := json.Unmarshal([]byte(out), &got); err != nil || got.Status != 200 || got.Body != body || got.Headers["Date"] == "" {
				t.Errorf("%.20q%s: %v %d, %d bytes of %d", body, option, err, got.Status, len(got.Body), len(body))
			}
		}
	}
	var b strings.Builder
	if err := copyQuoted(&b, strings.NewReader("a\xffb\xe4\xb8")); err != nil || !json.Valid([]byte(`"`+b.String()+`"`)) {
		t.Errorf("%q %v", b.String(), err)
	}
}
