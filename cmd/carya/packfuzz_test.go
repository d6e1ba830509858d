package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/regapi/packs"
	"github.com/caryahq/carya/shell"
)

// witness notes what the stages of a script see: the commands are the server's
// own, with their words, options and templates, but nothing is done.
type witness struct {
	stages []string // the shape of each stage, the same whatever the data is
	wrong  []string // what data must never do
	reply  string   // what every stage prints
	fails  bool     // every stage fails: the other branch of try
}

// registry is the server's commands, all that do something replaced.
func (w *witness) registry(from *shell.Registry) *shell.Registry {
	var list []*shell.Command
	for _, c := range from.Commands() {
		list = append(list, w.command(c, c.Name))
	}
	return shell.NewRegistry(list...)
}

func (w *witness) command(c *shell.Command, name string) *shell.Command {
	own := *c
	if c.Run != nil && c.Prepare == nil {
		own.Run = func(call *shell.Call) error { return w.see(call, &own, name) }
	}
	own.Verbs = nil
	for _, v := range c.Verbs {
		own.Verbs = append(own.Verbs, w.command(v, name+" "+v.Name))
	}
	return &own
}

func (w *witness) see(c *shell.Call, cmd *shell.Command, name string) error {
	shape := fmt.Sprintf("%s %d", name, c.NArg())
	for i := range c.NArg() {
		p := cmd.Params[min(i, len(cmd.Params)-1)]
		shape += " " + w.word(c.Arg(i), p.Type)
	}
	for _, o := range cmd.Options {
		if c.Has(o.Name) {
			shape += fmt.Sprintf(" -%s=%v %s", o.Name, c.Opt(o.Name).Given(), w.word(c.Opt(o.Name), o.Type))
		}
	}
	w.stages = append(w.stages, shape)
	if w.fails {
		return domain.E("e.auth.account.noexists")
	}
	_, err := io.WriteString(c.Out, w.reply)
	return err
}

// word is the shape of a word: the skeleton of what it holds, as far as the
// script says it. A word that is one placeholder is what the caller sent.
func (w *witness) word(a shell.Arg, kind shell.Type) string {
	if !a.Given() || a.IsData() && kind != shell.Header && kind != shell.Ref {
		return "·"
	}
	switch kind {
	case shell.JSON, shell.Match:
		doc, err := a.JSON()
		if err != nil {
			return "!" + domain.CodeOf(err)
		}
		return skeleton(gjson.ParseBytes(doc))
	case shell.Regexp:
		w.regexp(a)
	case shell.Ref:
		w.ref(a)
	case shell.Header:
		if v, err := a.Header(); err == nil && strings.ContainsAny(v, "\r\n\x00") {
			w.wrong = append(w.wrong, fmt.Sprintf("the header %q", v))
		}
	case shell.Literal:
		return a.Text()
	}
	return "·"
}

// skeleton is a document without its leaves.
func skeleton(v gjson.Result) string {
	if !v.IsObject() && !v.IsArray() {
		return "·"
	}
	b := v.Raw[:1]
	v.ForEach(func(k, item gjson.Result) bool {
		b += k.Raw + skeleton(item) + ","
		return true
	})
	return b + "."
}

// regexp looks whether data is quoted in it.
func (w *witness) regexp(a shell.Arg) {
	want := ""
	for text, data := range a.Pieces() {
		if data {
			text = "(?:" + regexp.QuoteMeta(text) + ")"
		}
		want += text
	}
	re, err := a.Regexp()
	if utf8.ValidString(want) != (err == nil) || err == nil && re.String() != want {
		w.wrong = append(w.wrong, fmt.Sprintf("the expression %v (%v), want %s", re, err, want))
	}
}

// ref looks whether a path stays below its literal part.
func (w *witness) ref(a shell.Arg) {
	ref, err := a.Ref()
	if err != nil {
		return
	}
	begin := ""
	for text, data := range a.Pieces() {
		if data {
			break
		}
		begin += text
	}
	got := ref.String()
	below := strings.HasPrefix(got+"/", begin[:strings.LastIndexByte(begin, '/')+1]) && !strings.Contains("/"+got+"/", "/../")
	if strings.HasPrefix(begin, "id:") {
		below = strings.HasPrefix(got, "id:")
	}
	if !below {
		w.wrong = append(w.wrong, fmt.Sprintf("%s reached from %s", got, begin))
	}
}

// sent is what answers every placeholder.
type sent shell.Value

func (s sent) Lookup(string) (shell.Value, bool) { return shell.Value(s), true }

// packScript is a script of a pack, compiled as the server does.
type packScript struct {
	name   string
	script *shell.Script
	keys   []string // of the templates that a later stage fills
	who    domain.Principal
}

// written are scripts as people write them, for what no pack has.
const written = `grep '^a${x}z$' ~/pub/${y}
grep '(${x}|b)+' ~/pub/dir-${y}/z -n
httpout -headers '{"X-A":"${x}",Location:"/a?b=${y}"}' -mime text/${x} ${y}
httpout -body ~/pub/${x} -etag ${y} -range ${x}
thing ~/orders query '{state:"${x}",n:${y},any:["${x}","a${y}b"],deep:{k:"${x}"}}' -sort '{nm:${x}}' -limit ${y}
thing ~/orders/${x} create -fields '{nm:"${x}",list:[{a:${y}}],"k":"${x}${y}"}' -cqn
obj ~/pub/${x} -u '{title:"${x}"}'
httpparam -in id:${id} | run thing ~/orders create -fields '{nm:"$${nm}",n:$${n?0},own:"${x}"}' -c
httpparam | each 'echo $${nm} ${x} | write ~/pub/$${nm}.txt'
try 'cat ~/pub/${x} | write ~/pub/${y}' else e.io.obj.noexists echo ${x} -n
echo $(cat ~/pub/${x}) ${y} | md5sum -n
vars a ${x} ; echo ${a} ${b} | write ~/pub/a-${y}`

// body is the pipeline of an endpoint's file.
var body = regexp.MustCompile(`(?s)%COPY:\n(.*?)\n%END%`)

// packScripts are all scripts of all packs, and the written ones.
func packScripts(t testing.TB, reg *shell.Registry) (out []packScript) {
	t.Helper()
	add := func(name, text string, who domain.Principal) {
		s, err := reg.CompileText(text, shell.CompileOptions{File: name, Endpoint: who == domain.API})
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		p := packScript{name: name, script: s, who: who}
		for _, m := range templateKey.FindAllStringSubmatch(text, -1) {
			p.keys = append(p.keys, m[1])
		}
		out = append(out, p)
	}
	for _, p := range packs.List() {
		files, err := fs.Glob(p.FS(), "api/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			src, err := p.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			found := body.FindSubmatch(src)
			if found == nil {
				t.Fatalf("%s/%s has no script", p.Name, name)
			}
			add(p.Name+"/"+name, string(found[1]), domain.API)
		}
		if p.Setup != nil {
			add(p.Name+".setup", string(p.Setup), domain.Owner)
		}
	}
	for line := range strings.Lines(written) {
		add(strings.TrimSpace(line), strings.TrimSpace(line), domain.API)
	}
	return out
}

var templateKey = regexp.MustCompile(`\$\$\{([A-Za-z_][\w-]*)`)

// bound runs the scripts with one value for every placeholder of request and
// templates, and gives what each stage saw.
func (w *witness) bound(t *testing.T, p *packScript, v shell.Value) (stages []string, err error) {
	t.Helper()
	w.stages, w.wrong, w.reply = nil, nil, reply(p.keys, v)
	req := &domain.Request{ID: "r1", Method: "POST", Path: "/", Header: func(string) string { return v.Text },
		Body: func() (io.ReadSeekCloser, error) { return nil, domain.E("e.api.request") }}
	err = p.script.Run(t.Context(), &shell.Env{Who: p.who, Vars: shell.NewVars(sent(v)), Request: req, In: strings.NewReader(w.reply), Out: &bytes.Buffer{}})
	for _, wrong := range w.wrong {
		t.Errorf("%s with %q: %s", p.name, v.Text, wrong)
	}
	return w.stages, err
}

// reply is an object with the value for each key.
func reply(keys []string, v shell.Value) string {
	b := []byte(`{"none":1`)
	for _, k := range keys {
		b = append(relaxed.AppendString(append(b, ','), k), ':')
		if v.JSON {
			b = append(b, v.Text...)
		} else {
			b = relaxed.AppendString(b, v.Text)
		}
	}
	return string(append(b, '}'))
}

// bindings compiles everything once and gives a check for a value.
func bindings(t testing.TB) func(t *testing.T, text string, isJSON, fails bool) {
	t.Helper()
	w := &witness{}
	scripts := packScripts(t, w.registry(newApp(slog.New(slog.DiscardHandler)).registry))
	return func(t *testing.T, text string, isJSON, fails bool) {
		v := shell.Value{Text: text}
		if isJSON {
			v = shell.Value{Text: string(relaxed.AppendString(nil, text)), JSON: true}
			if js, err := relaxed.ToJSON(text); err == nil && gjson.ValidBytes(js) {
				v.Text = string(js)
			}
		}
		w.fails = fails
		for i := range scripts {
			want, err := w.bound(t, &scripts[i], shell.Value{Text: "1"})
			if err != nil && !fails || len(want) == 0 {
				t.Fatalf("%s: %d stages, %v", scripts[i].name, len(want), err)
			}
			got, err := w.bound(t, &scripts[i], v)
			if err != nil && len(got) < len(want) {
				want = want[:len(got)] // a value that no command takes ends the run
			}
			if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b && (utf8.ValidString(text) || !sameButRefused(a, b)) {
				t.Errorf("%s with %q (%v): the stages\n%s\nwant\n%s", scripts[i].name, v.Text, err, a, b)
			}
		}
	}
}

// sameButRefused reports whether stages differ in nothing but documents that were
// refused: nothing goes into JSON that is not UTF-8.
func sameButRefused(got, want string) bool {
	a, b := strings.Fields(got), strings.Fields(want)
	return slices.EqualFunc(a, b, func(a, b string) bool {
		return a == b || a == "!e.json" && (b[0] == '{' || b[0] == '[')
	})
}

var hostileValues = []string{
	"", " ", "a b", "-u", "--", "-ajax", "-cqn", "$", "${x}", "$${nm}", "$(echo hi)", "`echo hi`", "'", `"`, `a"b`, `x",role:"admin`, "{}", `{a:1}`,
	"[1,2]", "null", "true", "12", "-1.5", "a|b", "a;b", "a\nb", "a\r\nSet-Cookie: b", "\x00", "#", `\`, "^.*", "!x", "~~x", "[1,)", "..", "../..", "/etc/passwd",
	"~", "~/x", "id:abc", "*", `\E.*`, "<int:%d>", "> ~/x", "\xff\xfe", "\u2028", "用户", "%END%", strings.Repeat("a", 5000),
}

func TestHostileValuesLeaveShippedScriptsAsTheyAre(t *testing.T) {
	t.Parallel()
	check := bindings(t)
	for _, x := range hostileValues {
		for _, isJSON := range []bool{false, true} {
			check(t, x, isJSON, false)
			check(t, x, isJSON, true)
		}
	}
}

// FuzzBindingAnyValueIntoAnyShippedScriptNeverChangesItsTree binds a value to
// every placeholder of every script of the packs: the stages, their options, the
// number of their words and the structure of what these hold stay.
func FuzzBindingAnyValueIntoAnyShippedScriptNeverChangesItsTree(f *testing.F) {
	for _, x := range hostileValues {
		f.Add(x, false, false)
		f.Add(x, true, true)
	}
	check := bindings(f)
	f.Fuzz(func(t *testing.T, x string, isJSON, fails bool) { check(t, x, isJSON, fails) })
}
