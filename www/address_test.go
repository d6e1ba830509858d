package www

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// lookalikes are other spellings of q1@x.com, and of one at a host of another script.
var (
	oneReceiver = []string{"q1@x.com", "Q1@X.COM", "q1@x。com", "q1@x｡com", "q1@x．com", "ｑ１@x.com", "q1＠x.com", "q1@ｘ.com", "q1@x.com.", " q1@x.com ", `"q1"@x.com`, "q1@x.com。"}
	oneHan      = []string{"a@xn--fsqu00a.xn--fiqs8s", "a@例子.中国", "A@例子。中国", "a@XN--FSQU00A.xn--fiqs8s.", "a@例子.中国."}
)

func TestOneReceiverHasOneSpelling(t *testing.T) {
	t.Parallel()
	for _, list := range [][]string{oneReceiver, oneHan} {
		for _, s := range list {
			if got := normalEmail(s); got != list[0] {
				t.Errorf("%q is %q", s, got)
			}
			if key, got, ok := phoneOrEmail(s); key != "email" || got != list[0] || !ok {
				t.Errorf("%q is %s %q, %v", s, key, got, ok)
			}
		}
	}
	for _, s := range []string{"q@example.com\u200b", "q\u200b@example.com", "q\u202e@x.com", "q@x.com\x00"} {
		if _, _, ok := phoneOrEmail(s); ok {
			t.Errorf("%q is an address", s)
		}
	}
	seen := map[string]string{}
	for _, s := range []string{"q1@x.com", "q1+a@x.com", "q.1@x.com", "q1@y.com", "q1@x.co", "q1@sub.x.com", "q1@例子.中国", `"q 1"@x.com`, "q1@_x.com"} {
		if other, ok := seen[normalEmail(s)]; ok {
			t.Errorf("%q is %q", s, other)
		}
		seen[normalEmail(s)] = s
	}
}

// One account, one sign-in and one limit for all spellings.
func TestAddressesThatLookAlikeAreOneReceiver(t *testing.T) {
	t.Parallel()
	for _, list := range [][]string{oneReceiver, oneHan} {
		w := newWorld(t)
		w.owner().must(`www account ~/www -new '{nm:"first",email:"` + strings.ReplaceAll(list[1], `"`, `\"`) + `"}'`)
		for i, s := range list {
			quoted := strings.ReplaceAll(s, `"`, `\"`)
			w.owner().fails("e.thing.ukey.duplicated", fmt.Sprintf(`www account ~/www -new '{nm:"n%d",email:"%s"}'`, i, quoted))
			w.owner().fails("e.thing.ukey.duplicated", fmt.Sprintf(`thing ~/accounts create -fields '{nm:"n%d",email:"%s"}'`, i, quoted))
			if out := w.owner().must(`www account ~/www '` + s + `'`); gjson.Get(out, "nm").String() != "first" {
				t.Errorf("%q is %s", s, out)
			}
			_, err := w.ask(fmt.Sprintf("192.0.2.%d", i), "auth", s, "email")
			if want := map[bool]string{true: "", false: tooSoon}[i == 0]; domain.CodeOf(err) != want {
				t.Errorf("a code to %q: %v", s, err)
			}
		}
		if n := len(w.outbox()); n != 1 {
			t.Errorf("%d messages", n)
		}
	}
}

// An address that was stored with its host in another script is found by both.
func TestAnOlderSpellingOfAnAddressIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	set := w.site().people
	if _, err := w.s.in(w.d).db.Commit(t.Context(), writeOf(set, `{"id":"old","nm":"old","email":"a@例子.中国","th_live":1}`)); err != nil {
		t.Fatal(err)
	}
	for _, s := range oneHan {
		if out := w.owner().must(`www account ~/www '` + s + `'`); gjson.Get(out, "id").String() != "old" {
			t.Errorf("%q is %s", s, out)
		}
	}
	w.owner().fails("e.thing.ukey.duplicated", `www account ~/www -new '{nm:"new",email:"a@xn--fsqu00a.xn--fiqs8s"}'`)
	faults := w.s.CheckAccounts(t.Context(), w.d)
	if len(faults) != 1 || !faults[0].Warn || faults[0].File != "~/accounts" || !strings.Contains(faults[0].MsgIn(domain.EN), "1 accounts") {
		t.Errorf("%v", faults)
	}
	w.owner().must(`www account ~/www old -u '{nickname:"N",email:"a@例子.中国"}'`)
	if faults := w.s.CheckAccounts(t.Context(), w.d); len(faults) != 0 {
		t.Errorf("%v", faults)
	}
}

// What an owner makes has the form in which it is found, whichever the door.
func TestOwnerMadeNamesAreFound(t *testing.T) {
	t.Parallel()
	doors := map[string]string{
		"account":   `www account ~/www -new '{nm:"NM",passwd:"` + passwd + `"}'`,
		"by word":   `www account ~/www 'NM' -new '{passwd:"` + passwd + `"}'`,
		"change":    `www account ~/www -new '{nm:"before",passwd:"` + passwd + `"}'; www account ~/www before -u '{nm:"NM"}'`,
		"thing":     `thing ~/accounts create -fields '{nm:"NM"}'`,
		"update":    `thing ~/accounts create -fields '{id:"x1",nm:"before"}'; thing ~/accounts update x1 -fields '{nm:"NM"}'`,
		"import":    `echo '[{"nm":"NM"}]' | thing ~/accounts import -as json`,
		"unique":    `echo '[{"nm":"NM","city":"C"}]' | thing ~/accounts import -as json -unique nm`,
		"duplicate": `thing ~/accounts create -fields '{id:"x1",nm:"before"}'; thing ~/accounts duplicate x1 -fields '{nm:"NM"}'`,
		"sign-up":   `www auth ~/www 'NM' -p "` + passwd + `" -create`,
	}
	for door, line := range doors {
		for name, want := range map[string]string{"ｘiaoming": "xiaoming", " xiaoming ": "xiaoming", "ﬁnn": "finn", "Ａｎｎａ": "Anna"} {
			w := newWorld(t)
			w.owner().must(strings.ReplaceAll(line, "NM", name))
			for _, s := range []string{name, want} {
				if out := w.owner().must(`www account ~/www '` + s + `'`); gjson.Get(out, "nm").String() != want {
					t.Errorf("%s: %q is %s", door, s, out)
				}
			}
			w.owner().fails("e.thing.ukey.duplicated", `www account ~/www -new '{nm:"`+want+`"}'`)
		}
		for _, name := range []string{"admin\u200b", "u1\u202e", "a\u2028b", "x\ufe0f"} {
			w := newWorld(t)
			if out, err := w.owner().run(strings.ReplaceAll(line, "NM", name)); err == nil && !strings.Contains(out, `"bad":1`) && !strings.Contains(out, `"bad": 1`) {
				t.Errorf("%s: %q is taken: %s", door, name, out)
			}
		}
	}
}

// A set that a site says are its accounts has the form at once; others have none.
func TestOnlyAccountsHaveTheFormOfAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`thing ~/people init -fields '{uniqueKeys:[{name:"nm"}]}'; thing ~/people create -fields '{id:"a",nm:"ｘ1"}'`)
	w.owner().must(`mkdir ~/www/staff; www site ~/www/staff -u '{accounts:"~/people"}'; thing ~/people create -fields '{id:"b",nm:"ｘ2"}'`)
	if got := w.owner().must(`thing ~/people query -sort '{id:1}' -e '^nm$' -c`); strings.TrimSpace(got) != `[{"nm":"ｘ1"},{"nm":"x2"}]` {
		t.Error(got)
	}
}

func writeOf(set *thingset.Set, body string) thingset.Write {
	return thingset.Write{Set: string(set.Path()), ID: gjson.Get(body, "id").String(), Body: []byte(body)}
}
