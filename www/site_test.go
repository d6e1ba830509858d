package www

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// With another folder's id as its site a request passes by the captcha, the idle
// times and the denials of the real one.
func TestNoFolderIsASiteUnlessItSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`www site ~/www -u '{login_captcha:"robot"}'`)
	w.owner().must(`mkdir ~/pub ~/www/shop`)
	set := w.stored("xiaobai", "th_set")
	tree := w.d.Tree(domain.Owner)
	ids := map[string]bool{set: false}
	for _, p := range []domain.Path{"accounts", "pub", "www/shop"} {
		id, err := tree.AssignID(p)
		if err != nil {
			t.Fatal(err)
		}
		ids[id] = p == "www/shop"
	}
	stranger := w.request("192.0.2.1", "")
	for id, isSite := range ids {
		want := "e.www.site.noexists"
		if isSite {
			want = ""
		}
		stranger.fails(want, `www auth `+id+` xiaobai -p "`+passwd+`"`)
		stranger.fails(want, `www auth id:`+id+` xiaobai -p "`+passwd+`"`)
	}
	stranger.fails("e.www.site.noexists", `www auth ~/accounts xiaobai -p "`+passwd+`"`)
	stranger.fails("e.www.site.noexists", `www captcha ~/pub robot xiaobai -as json`)
}

func TestTheOwnerIsToldWhyAFolderIsNoSiteAndMakesItOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`mkdir ~/pub`)
	if _, err := w.d.Tree(domain.Owner).AssignID("pub"); err != nil {
		t.Fatal(err)
	}
	_, err := w.owner().run(`www account ~/pub -list`)
	if domain.CodeOf(err) != "e.www.site.noexists" || !strings.Contains(err.Error(), "www site ~/pub -u {site:true}") {
		t.Errorf("%v", err)
	}
	w.owner().must(`www site ~/pub -u {site:true}`)
	w.owner().must(`www account ~/pub -list`)
	w.owner().must(`mkdir ~/other; www site ~/other -u '{title:"T"}'`)
	if got := w.owner().must(`www site -list | json -val ph -c`); got != `["~/other","~/pub","~/www"]`+"\n" {
		t.Errorf("sites: %s", got)
	}
	w.owner().fails("e.www.site.noexists", `www site ~/accounts -u {}`)
}

// A folder that people have signed in to, and that is no site now, is told of.
func TestCheckTellsOfFoldersThatWereSites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner().must(`mkdir ~/pub; www site ~/pub -u {}`)
	w.owner().must(`www auth ~/pub xiaobai; www auth ~/www xiaobai`)
	if faults := w.s.Check(w.d); len(faults) != 0 {
		t.Errorf("%v", faults)
	}
	w.owner().must(`obj ~/pub -u '{site:null}'`)
	faults := w.s.Check(w.d)
	if len(faults) != 1 || faults[0].File != "~/pub" || !faults[0].Warn || !strings.Contains(faults[0].MsgIn(domain.EN), "www site ~/pub -u {site:true}") {
		t.Errorf("%v", faults)
	}
	if id := gjson.Get(w.owner().must(`obj ~/pub -c`), "id").String(); id == "" {
		t.Error("it has no id")
	}
}
