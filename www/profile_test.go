package www

import (
	"testing"

	"github.com/tidwall/gjson"
)

// TestWhatStrangersSeeIsWellFormed: of a person's own fields and of those that who may
// edit accounts writes.
func TestWhatStrangersSeeIsWellFormed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www role ~/www editor -u '{pvg:{"account.*":true}}'`)
	w.owner().must(`www account ~/www boss -new '{role:"editor",passwd:"` + passwd + `"}'`)
	id := w.stored("xiaobai", "id")
	mine, boss := w.signIn("xiaobai"), w.signIn("boss")
	writes := map[string]func(string) string{
		"checkme": func(fields string) string { return `www checkme ~/www ` + mine + ` -u '` + fields + `' | json -get me` },
		"account": func(fields string) string {
			return `www account ~/www ` + id + ` -u '` + fields + `'`
		},
		"edit": func(fields string) string {
			return `www account ~/www 13900000001 -u '` + fields + `'`
		},
	}
	for way, line := range writes {
		api := w.request("192.0.2.1", map[string]string{"edit": boss}[way])
		if way != "edit" {
			api = w.request("192.0.2.1", mine)
		}
		for _, fields := range []string{
			`{"nickname":{"a":1}}`, `{"nickname":["x"]}`, `{"nickname":5}`, `{"city":{}}`, `{"country":true}`,
			`{"sex":"3"}`, `{"sex":"x"}`, `{"sex":true}`, `{"sex":[1]}`,
			`{"thumb":"javascript:alert(1)"}`, `{"thumb":"JavaScript:alert(1)"}`, `{"thumb":"data:text/html,x"}`, `{"thumb":"data:image/svg+xml;base64,x"}`, `{"thumb":["x"]}`, `{"thumb":"java\nscript:x"}`,
			`{"nm":true}`, `{"nm":{"a":1}}`, `{"nm":"xiao\u200bbai"}`, `{"nm":"a\u0000b"}`, `{"nm":"a\nb"}`, `{"nm":"\u202exx"}`, `{"nm":"a\u00adb"}`, `{"nm":"\u3164"}`, `{"nm":"a\u2028b"}`,
		} {
			api.fails("e.thing.fld.regex", line(fields))
		}
		for fields, want := range map[string]string{
			`{"nickname":"小白 👋"}`:                      `nickname 小白 👋`,
			`{"nickname":"a\nb"}`:                      "nickname a\nb",
			`{"sex":"2"}`:                              `sex 2`,
			`{"sex":1}`:                                `sex 1`,
			`{"thumb":"https://img.example/a.png?x"}`:  `thumb https://img.example/a.png?x`,
			`{"thumb":"data:image/png;base64,iVBORw"}`: `thumb data:image/png;base64,iVBORw`,
			`{"thumb":"~/img/a.png"}`:                  `thumb ~/img/a.png`,
			`{"nickname":null}`:                        `nickname `,
			`{"nm":" ｘｉａｏ（北京） "}`:                      `nm xiao(北京)`,
			`{"nm":"e\u0301"}`:                         "nm \u00e9",
			`{"nm":7}`:                                 `nm 7`,
			`{"nm":"xiaobai"}`:                         `nm xiaobai`,
		} {
			got := api.must(line(fields))
			field := gjson.Get(fields, "@keys.0").String()
			v := gjson.Get(got, field)
			if field+" "+v.String() != want || field == "sex" && v.Type != gjson.Number || field == "nm" && v.Type != gjson.String {
				t.Errorf("%s: %s: %s, want %s", way, fields, v.Raw, want)
			}
		}
	}
	w.owner().must(`www site ~/www -u '{setme:["bio"]}'`)
	w.request("192.0.2.1", mine).must(`www checkme ~/www ` + mine + ` -u '{bio:["as","it","is"]}'`)
}

// TestANameOrANumberInWideCharactersIsTheSame: input methods make them.
func TestANameOrANumberInWideCharactersIsTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"ｘｉａｏｂａｉ", "１３９０００００００１", "+８６　１３９０００００００１", "ｂａｉ＠example.com"} {
		w.request("192.0.2.1", "").must(`www auth ~/www '` + name + `' -p '` + passwd + `'`)
	}
	ticket := w.signIn("xiaobai")
	for _, name := range []string{"１３９１０１１００５５", "a＠example.com", "ｉｄ:x"} {
		w.request("192.0.2.1", ticket).fails("e.auth.account.field", `www checkme ~/www `+ticket+` -u '{"nm":"`+name+`"}'`)
	}
}
