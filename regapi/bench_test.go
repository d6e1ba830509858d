package regapi

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
)

// BenchmarkRouteLookup10000 looks endpoints up among 10,000, literal ones and
// such below wildcards.
func BenchmarkRouteLookup10000(b *testing.B) {
	var eps []*endpoint
	for i := range 9000 {
		eps = append(eps, blank(fmt.Sprintf("%s/api/area%d/group%d/name%d", folder, i%10, i%100, i), nil, nil))
	}
	none := []*metaText{nil}
	for i := range 1000 {
		eps = append(eps, blank(fmt.Sprintf("%s/api/area%d/_ANY/item%d/_ANY", folder, i%10, i), nil, none))
	}
	t := newTable(eps, nil)
	for name, path := range map[string]string{"literal": "area7/group77/name4577", "wildcard": "area7/some/item77/a/b/c", "missing": "area7/group77/nope"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var m match
			for b.Loop() {
				m = match{}
				if (t.find(&m, "api", path) == nil) != (name == "missing") {
					b.Fatal(path)
				}
			}
		})
	}
}

// sink is a response writer that keeps nothing.
type sink struct{ h http.Header }

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(int)             {}

const envelope = `{"ok":true,"data":{"id":"c9v1q3k5rsd0000000","uid":"c9v1q3k5rsd0000001","expi":1700000000000,"me":{"nm":"xiaobai","sex":1}}}`

func benchWorld(b *testing.B) *world {
	quiet := slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelWarn}))
	w := newWorldOn(b, domain.RootOptions{}, func(o *Options) { o.Log = quiet })
	w.api("echo", meta(`{"http-header-Content-Type":"text/json"}`, "echo '"+envelope+"' ${http-qs-ticket?-nil-}"))
	return w
}

func bareHandler() http.Handler {
	data := map[string][]byte{"/api/demo/echo": []byte(envelope)}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/json; charset=utf-8")
		w.Write(data[r.URL.Path])
	})
}

// BenchmarkEndpointEcho calls an endpoint without a network: what the engine
// itself costs.
func BenchmarkEndpointEcho(b *testing.B) {
	for name, h := range map[string]http.Handler{"endpoint": benchWorld(b).h, "bare": bareHandler()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			r := httptest.NewRequest("GET", "/api/demo/echo?site=c9v1q3k5rsd0000000&ticket=T-xiaobai", nil)
			for b.Loop() {
				h.ServeHTTP(&sink{http.Header{}}, r)
			}
		})
	}
}

// BenchmarkHTTP calls over real connections, the endpoint and beside it a bare
// net/http handler with the same bytes.
func BenchmarkHTTP(b *testing.B) {
	for name, h := range map[string]http.Handler{"endpoint": benchWorld(b).h, "bare": bareHandler()} {
		b.Run(name, func(b *testing.B) {
			srv := httptest.NewServer(h)
			defer srv.Close()
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
			url := srv.URL + "/api/demo/echo?site=c9v1q3k5rsd0000000&ticket=T-xiaobai"
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					res, err := client.Get(url)
					if err != nil {
						b.Error(err)
						return
					}
					io.Copy(io.Discard, res.Body)
					res.Body.Close()
				}
			})
		})
	}
}

// BenchmarkReload1000 reads a domain of 1,000 scripts of which one has changed,
// and all of them anew.
func BenchmarkReload1000(b *testing.B) {
	w := benchWorld(b)
	for i := range 1000 {
		w.api(fmt.Sprintf("g%d/e%d", i%20, i), meta(`{"http-methods":"GET POST","http-rate":"10/m"}`, "echo ${http-qs-a?b} | cat"))
	}
	time.Sleep(2 * freshness)
	d := w.domain("demo")
	b.Run("one", func(b *testing.B) {
		m := w.h.mount(d)
		for i := 0; b.Loop(); i++ {
			w.api("g1/e1", fmt.Sprint("echo ", i))
			m.reload()
		}
	})
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			newLoader(w.h.opt.Registry, d.Files()).load()
		}
	})
}

// BenchmarkSaveToLive measures the time from a save to the first answer of the
// new script.
func BenchmarkSaveToLive(b *testing.B) {
	w := benchWorld(b)
	w.get("/api/demo/echo")
	for i := 0; b.Loop(); i++ {
		w.api("live", fmt.Sprint(plain, i))
		for want := fmt.Sprint(i); ; time.Sleep(200 * time.Microsecond) {
			if _, body := w.get("/api/demo/live"); body == want {
				break
			}
		}
	}
}
