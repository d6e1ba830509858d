package wish

import (
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/grant"
)

// testRoot is a fresh root with domains whose domain.json holds the texts.
func testRoot(t *testing.T, texts map[string]string) *domain.Root {
	t.Helper()
	root, err := domain.OpenRoot(t.TempDir(), domain.RootOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	for name, text := range texts {
		if _, err := root.Create(name); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root.Dir(), name, ".domain", "domain.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// of are the wishes of a domain as `carya check` tells them.
func of(t *testing.T, root *domain.Root, name string) []string {
	t.Helper()
	d, err := root.Domain(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range Check(d) {
		out = append(out, f.String())
		if f.MsgZH == "" || !f.Warn {
			t.Errorf("in one language, or more than a warning: %s", f)
		}
	}
	return out
}

func wantLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d wishes:\n%s", len(got), strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], "~/.domain/domain.json:") || !strings.Contains(got[i], want[i]) {
			t.Errorf("%s\nwant %s", got[i], want[i])
		}
	}
}

func TestAWishIsToldWithTheCommandThatGrantsIt(t *testing.T) {
	t.Parallel()
	root := testRoot(t, map[string]string{
		"demo": `{hosts:["商店.cn", "taken.example", "demo.localhost", "a.example:80"], owner:"O'Neill",
			senders:{sms:{secret:"env:SMS_KEY"}, mail:{passwd:"env:SMS_KEY"}}, history:{rules:[{secret:"env:SIEM"}]}}`,
		"other": `{}`,
	})
	if _, err := root.Grant("other", grant.Change{Kind: "host", Value: "taken.example"}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, of(t, root, "demo"),
		":1:9: warning: the operator has not granted the host xn--czrs0t.cn: carya grant demo host xn--czrs0t.cn",
		"taken.example is granted to the domain other; the operator may take it back: carya grant other host taken.example --revoke",
		`carya grant demo owner 'O'\''Neill'`,
		":2:25: warning: the operator has not granted the variable SMS_KEY of the environment: carya grant demo env SMS_KEY",
		"carya grant demo env SIEM")
	for kind, value := range map[string]string{"host": "商店.cn", "owner": "O'Neill", "env": "SMS_KEY"} {
		if _, err := root.Grant("demo", grant.Change{Kind: kind, Value: value}); err != nil {
			t.Fatal(err)
		}
	}
	wantLines(t, of(t, root, "demo"), "taken.example", "carya grant demo env SIEM")
}

func TestADomainAloneNeedsNoOwner(t *testing.T) {
	t.Parallel()
	root := testRoot(t, map[string]string{"demo": `{owner:"me"}`})
	wantLines(t, of(t, root, "demo"))
}

func TestAllWishesAreFoundWithoutOpening(t *testing.T) {
	t.Parallel()
	root := testRoot(t, map[string]string{"a": `{hosts:["a.example"]}`, "b": `{}`, "c": `{hosts:`, "d": `{hosts:["d.example"]}`})
	var got []string
	for name, list := range All(root) {
		for _, w := range list {
			got = append(got, name+" "+w.Command())
		}
	}
	if strings.Join(got, "\n") != "a carya grant a host a.example\nd carya grant d host d.example" {
		t.Error(got)
	}
}

func TestAnAddressThatIsNotPublicIsAWish(t *testing.T) {
	t.Parallel()
	root := testRoot(t, map[string]string{
		"demo": `{http:{private:true, hosts:["api.example.com","127.0.0.1:9000","10.0.0.5","8.8.8.8"]},
			senders:{sms:{url:"http://localhost:9100/send"}, mail:{host:"192.168.1.5",tls:"ssl"}}, weixin:{base:"https://[fd00::1]"},
			history:{rules:[{http:"https://siem.example.com/in"},{http:"https://10.1.2.3/in"}]}}`,
		"names":  `{http:{private:true, hosts:["inner.example"]}}`,
		"public": `{http:{private:false, hosts:["8.8.8.8"]}}`,
	})
	wantLines(t, of(t, root, "demo"),
		"the operator has not granted the network 127.0.0.1:9000: carya grant demo network 127.0.0.1:9000",
		"carya grant demo network 10.0.0.5:80", "carya grant demo network 127.0.0.1:9100", "carya grant demo network 192.168.1.5:465",
		"carya grant demo network '[fd00::1]:443'", "carya grant demo network 10.1.2.3:443")
	wantLines(t, of(t, root, "names"), "http.private opens no network by itself")
	wantLines(t, of(t, root, "public"))
	for name, network := range map[string]string{"demo": "10.0.0.0/8", "names": "10.0.0.0/8"} {
		if _, err := root.Grant(name, grant.Change{Kind: "network", Value: network}); err != nil {
			t.Fatal(err)
		}
	}
	wantLines(t, of(t, root, "demo"), "127.0.0.1:9000", "127.0.0.1:9100", "192.168.1.5:465", "[fd00::1]:443")
	wantLines(t, of(t, root, "names"))
}

// A network is suggested as the address that is dialled: once it is granted it is
// reached, and the wish is gone.
func TestASuggestedNetworkIsTheOneThatIsDialled(t *testing.T) {
	t.Parallel()
	root := testRoot(t, map[string]string{"demo": `{senders:{sms:{url:"https://[64:ff9b::a00:6]:81/"}, mail:{host:"::ffff:10.0.0.7",port:25}}, weixin:{base:"https://[2002:a00:1::1]"},
		http:{hosts:["[fe80::1]", "localhost.:84", "127.0.0.1:99999"]}, history:{rules:[{http:"http://A B/"},{http:"http://10.0.0.1:0/"}]}}`})
	d, err := root.Domain("demo")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range Of(d) {
		if _, err := root.Grant("demo", grant.Change{Kind: w.Kind, Value: w.Value}); err != nil {
			t.Errorf("%s: %v", w.Command(), err)
		}
	}
	for _, text := range []string{"[64:ff9b::a00:6]:81", "10.0.0.6:81", "[::ffff:10.0.0.7]:25", "[2002:a00:1::1]:443", "[fe80::1%eth0]:80", "127.0.0.1:84"} {
		a := netip.MustParseAddrPort(text)
		if !d.Grants().Reaches(netip.AddrPortFrom(grant.Meant(a.Addr()), a.Port())) {
			t.Errorf("%s is not reached: %v", text, d.Grants().Networks)
		}
	}
	wantLines(t, of(t, root, "demo"), `http.hosts: "127.0.0.1:99999": a port is a number`, "not an http or https address", "10.0.0.1:0: a port is a number")
}

func TestAValueThatNobodyCanGrantIsNoSuggestion(t *testing.T) {
	t.Parallel()
	root := testRoot(t, map[string]string{"other": `{}`, "demo": "{owner:\"a\\nb\", hosts:[\"other.localhost\",\"demo.localhost\"], senders:{sms:{secret:\"env:A B\"}, mail:{host:\"127.0.0.1\",port:70000}}, http:{hosts:[\"*\",7]}}"})
	wantLines(t, of(t, root, "demo"), `"a\nb" is no name of an owner`, "other.localhost needs no grant", `no name of an environment variable (letters, digits and _): "A B"`,
		"a port is a number", `"*" in http.hosts is no host`, "http.hosts: want a text")
}
