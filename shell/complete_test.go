package shell

import (
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
)

func TestComplete(t *testing.T) {
	t.Parallel()
	d := openDomain(t)
	owner := d.Tree(domain.Owner)
	for _, p := range []domain.Path{"pub/a.txt", "pub/a b.txt", "pub/it's $5", "public.txt", "深/叶.txt", ".hidden/x"} {
		if err := owner.WriteFile(p, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	hidden := do("secretly", func(*Call) error { return nil })
	hidden.Hidden = true
	reg := testRegistry(hidden)
	for _, c := range []struct {
		line string // | is the cursor
		from int
		want string
	}{
		{"ec|", 0, "echo"},
		{"secr|", 0, ""},
		{"|", 0, "cat dur echo fail head"},
		{"echo a | ca|", 9, "cat"},
		{"echo a; ca|t b", 8, "cat"},
		{"echo $(ca|", 7, "cat"},
		{"echo $(cat) -|", 12, "-n"},
		{"echo `ca|", 6, "cat"},
		{"www |", 4, "checkme"},
		{"www ch|", 4, "checkme"},
		{"thing ~/a q|", 10, "query"},
		{"thing ~/a |", 10, "get query"},
		{"thing ~/pu|", 6, "~/pub/ ~/public.txt"},
		{"thing ~/a query -|", 16, "-limit"},
		{"spy -|", 4, "-ajax -c -list -n -p -q -u"},
		{"spy -cn -|", 8, "-ajax -list -p -q -u"},
		{"spy -ajax -|", 10, "-c -list -n -p -q -u"},
		{"spy -p -|", 7, ""},
		{"spy -l|", 4, "-list"},
		{"run th|", 4, "thing"},
		{"run thing ~/a ge|", 14, "get"},
		{"ref |", 4, "深/ pub/ public.txt"},
		{"ref ~|", 4, "~/"},
		{"ref ~/|", 4, "~/pub/ ~/public.txt ~/深/"},
		{"ref ~/.h|", 4, "~/.hidden/"},
		{"ref ~/pub/|", 4, `~/pub/a.txt ~/pub/a\ b.txt ~/pub/it\'s\ \$5`},
		{"ref '~/pub/a|", 4, "'~/pub/a b.txt '~/pub/a.txt"},
		{"ref '~/pub/i|", 4, `~/pub/it\'s\ \$5`},
		{`ref "~/pub/i|`, 4, `"~/pub/it's \$5`},
		{`ref ~/pub/a\ |`, 4, `~/pub/a\ b.txt`},
		{"ref pu|", 4, "pub/ public.txt"},
		{"ref ~/../|", 4, ""},
		{"ref ~/深|", 4, "~/深/"},
		{"ref ~/深/叶|", 4, "~/深/叶.txt"},
		{"echo ~/pu|", 5, "~/pub/ ~/public.txt"},
		{"echo pu|", 5, ""},
		{"echo a > pu|", 9, "pub/ public.txt"},
		{"echo a >> ~/pu|", 10, "~/pub/ ~/public.txt"},
		{"nope ~/|", 5, ""},
		{"thing ~/a nope ~/|", 15, ""},
		{"ref ~/a ~/|", 8, ""},
	} {
		pos := strings.Index(c.line, "|")
		if strings.Count(c.line, "|") > 1 {
			pos = strings.LastIndex(c.line, "|")
		}
		line := c.line[:pos] + c.line[pos+1:]
		got := Complete(reg, line, pos, &Env{Domain: d, Who: domain.Owner})
		var texts []string
		for _, k := range got.Candidates {
			texts = append(texts, k.Text)
		}
		if c.line == "|" && len(texts) > 5 {
			texts = texts[:5]
		}
		if g := strings.Join(texts, " "); got.From != c.from || got.To != pos || !sameWords(g, c.want) {
			t.Errorf("%s: [%d:%d] %s, want [%d:] %s", c.line, got.From, got.To, g, c.from, c.want)
		}
	}
	if got := Complete(reg, "ref ~/", 6, &Env{}); got.Candidates != nil {
		t.Errorf("without a domain: %v", got)
	}
	if got := Complete(reg, "ref ~/.h", 8, &Env{Domain: d, Who: domain.API}); got.Candidates != nil {
		t.Errorf("an endpoint's principal sees %v", got)
	}
}

// sameWords compares candidates; which of two sorts first is a matter of bytes.
func sameWords(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for _, w := range strings.Fields(a) {
		if !strings.Contains(b, w) {
			return false
		}
	}
	return true
}

func FuzzCompleteNeverPanics(f *testing.F) {
	for _, h := range append(hostile, "www checkme ~/a -u '", "thing ~/a query $(echo `cat", "a))))((((", `\`, "'\\", ">>>|;") {
		f.Add(h, len(h))
	}
	reg := testRegistry()
	f.Fuzz(func(t *testing.T, line string, pos int) {
		if pos < 0 {
			t.Skip()
		}
		if c := Complete(reg, line, min(pos, len(line)), &Env{}); c.From > c.To || c.From < 0 || c.To > len(line) {
			t.Fatalf("%q at %d: %+v", line, pos, c)
		}
	})
}
