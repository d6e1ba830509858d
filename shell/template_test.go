package shell

import (
	"testing"
	"time"

	"github.com/caryahq/carya/domain"
)

func TestTemplateFillsPlaceholdersOnce(t *testing.T) {
	t.Parallel()
	for _, h := range hostile {
		tm, err := ParseTemplate("a ${x} $${x} ${none?d} ${n<int:%03d>}|${x}")
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(tm.Append([]byte("> "), MapVars{"x": h, "n": "7"})), "> a "+h+" ${x} d 007|"+h; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	tm, err := ParseTemplate("no hole")
	if err != nil || string(tm.Append(nil, nil)) != "no hole" {
		t.Errorf("%v", err)
	}
	for src, place := range map[string]string{"a ${": "1:3", "é ${x<int:%s>}": "1:3"} {
		_, err := ParseTemplate(src)
		if fs := Faults(err); domain.CodeOf(err) != "e.cmd.syntax" || len(fs) != 1 || fs[0].Place() != place {
			t.Errorf("%s: %v", src, err)
		}
	}
}

func TestDatePatternAndParseTime(t *testing.T) {
	t.Parallel()
	show, err := DatePattern("yyyy-MM-dd HH:mm")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2024, 3, 9, 15, 4, 0, 0, time.Local)
	if got := show(at); got != "2024-03-09 15:04" {
		t.Error(got)
	}
	if back, ok := ParseTime(show(at)); !ok || !back.Equal(at) {
		t.Errorf("%v %v", back, ok)
	}
	if back, ok := ParseTime("2024-03-09T15:04:00+08:00"); !ok || back.Unix() != 1709967840 {
		t.Errorf("%v %v", back, ok)
	}
	if _, err := DatePattern("QQ"); domain.CodeOf(err) != "e.cmd.syntax" {
		t.Errorf("%v", err)
	}
}

// setCommand sets a variable to a value.
func setCommand() *Command {
	return &Command{Name: "set", Params: []Param{{Name: "NAME"}, {Name: "VALUE"}}, Prepare: func(p *Prep) (func(*Call) error, error) {
		name, _ := p.Words[0].Literal()
		p.Declare(name)
		at := p.Arg(p.Words[1], Text)
		return func(c *Call) error { c.SetVar(name, Value{Text: c.Arg(at).Text()}); return nil }, nil
	}}
}

func TestVariablesEndWithTheRunUnlessTheCallerKeepsThem(t *testing.T) {
	t.Parallel()
	reg := testRegistry(setCommand())
	for _, h := range hostile {
		expect(t, reg, "set v ${x}; spy ${v} ${x}", MapVars{"x": h, "v": "before"}, "arg "+quoted2(h)+" data=true\narg "+quoted2(h)+" data=true\n")
	}
	own := MapVars{"v": "before"}
	expect(t, reg, "echo -n ${v}; set v after; echo -n ${v}", own, "beforeafter")
	expect(t, reg, "echo -n ${v}", own, "before")
	env := &Env{Vars: own, Who: domain.Owner}
	if err := mustCompile(t, reg, "set v after").Run(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	if _, same := env.Vars.(MapVars); !same {
		t.Error("a run changed the caller's Env")
	}
	expect(t, reg, "set v 1; try 'set v 2; echo -n $${v}'; echo -n ${v}", own, "22")
	kept := NewVars(own)
	expect(t, reg, "set v after", kept, "")
	expect(t, reg, "echo -n ${v}", kept, "after")
	if got := mustCompile(t, reg, "set a 1; try set b 2; echo $(set c 3)").Declares(); len(got) != 3 {
		t.Errorf("declares %v", got)
	}
}

// An object that a caller sent, an item or a thing has no value for what the server
// alone gives.
func TestNoObjectStandsForWhatTheServerGives(t *testing.T) {
	t.Parallel()
	vars := DataVars([]byte(`{"http-usr":"evil","http-www-me-id":"evil","pvg-edit":true,"id":"mine","httpx":1}`))
	for name, want := range map[string]bool{"http-usr": false, "http-www-me-id": false, "pvg-edit": false, "id": true, "httpx": true} {
		if _, ok := vars.Lookup(name); ok != want {
			t.Errorf("%s: %v", name, ok)
		}
	}
}
