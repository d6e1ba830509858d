package regapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
)

// TestKeysAreDescribed holds the table against the list of the design.
func TestKeysAreDescribed(t *testing.T) {
	t.Parallel()
	var names []string
	for _, k := range Keys() {
		names = append(names, k.Name)
		if k.Type == "" || k.Help.ZH == "" || k.Help.EN == "" || k.set == nil {
			t.Errorf("%s is not described", k.Name)
		}
	}
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("not sorted, or one twice: %q", names)
	}
	const design = `http-header-<Name> http-methods http-resp-code http-dynamic-header http-cross-origin http-www-home
		http-www-ticket http-www-auth pvg-assert api-access-token api-param-name preload http-post-json-merge copy-cookie
		histest history hismetas hisname cache-test cache-duration cache-lazy cache-redirect http-body-max http-timeout http-rate`
	for name := range strings.FieldsSeq(design) {
		if !slices.Contains(names, name) {
			t.Errorf("no key %s", name)
		}
	}
}

func TestSizesAndRates(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"0": 0, "65536": 65536, "512K": 512 << 10, "10M": 10 << 20, "10MB": 10 << 20, "10 MiB": 10 << 20, "1g": 1 << 30, "5B": 5} {
		if n, ok := parseSize(text); !ok || n != want {
			t.Errorf("%q: %d %v", text, n, ok)
		}
	}
	for _, text := range []string{"", "x", "-1", "1T", "K", "99999999999G", "1.5M"} {
		if n, ok := parseSize(text); ok {
			t.Errorf("%q is %d", text, n)
		}
	}
	for text, want := range map[string]string{"20/10s": "20 10s", "10/m": "10 1m0s", "5/60": "5 1m0s", "1/500ms": "1 500ms"} {
		r, err := parseRate(text)
		if err != nil || want != strings.TrimSpace(text[:strings.Index(text, "/")]+" "+r.per.String()) {
			t.Errorf("%q: %+v %v", text, r, err)
		}
	}
	for _, text := range []string{"", "5", "0/s", "-1/s", "5/", "5/0s", "x/s", "5/x"} {
		if r, err := parseRate(text); err == nil {
			t.Errorf("%q is %+v", text, r)
		}
	}
}

func TestReferenceNamesEveryKeyAndPlaceholder(t *testing.T) {
	t.Parallel()
	for _, l := range []domain.Lang{domain.ZH, domain.EN} {
		page := Reference(l)
		for _, k := range Keys() {
			if !strings.Contains(page, "| `"+k.Name+"` |") {
				t.Errorf("%s: no row of %s", l, k.Name)
			}
		}
		for _, p := range Placeholders() {
			if !strings.Contains(page, "| `${"+p.Name+"}` | "+p.Help.In(l)) {
				t.Errorf("%s: no row of %s", l, p.Name)
			}
		}
	}
}
