package grant

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/caryahq/carya/domain/relaxed"
)

// parse reads a text without faults.
func parse(t *testing.T, src string) *Table {
	t.Helper()
	table, faults, _ := Parse(src)
	if len(faults) > 0 {
		t.Fatalf("%s: %v", src, faults[0])
	}
	return table
}

func TestTheOperatorsWordIsRead(t *testing.T) {
	t.Parallel()
	table := parse(t, `{
	  domains: { // what each may do
	    demo: {hosts:["Shop.Example.com.", "商店.cn", "203.0.113.7"], owner:"xiaobai", networks:["10.1.0.0/16","127.0.0.1:9000"], env:[SMTP_PASSWD], shares:{slots:64, body:"64MiB", cron:"10m"}},
	    other: {},
	  },
	  shares: {streams: 50},
	}`)
	g := table.Of("demo")
	if !g.HasHost("shop.example.com") || !g.HasHost("xn--czrs0t.cn") || g.Owner != "xiaobai" || !g.HasEnv("SMTP_PASSWD") || g.HasEnv("PATH") {
		t.Errorf("%+v", g)
	}
	if want := (Shares{Slots: 64, Body: 64 << 20, Disk: Unbounded, Streams: 50, Cron: 10 * time.Minute}); g.Shares != want {
		t.Errorf("shares %v, want %v", g.Shares, want)
	}
	for _, name := range []string{"other", "nobody"} {
		if g := table.Of(name); g.Shares.Slots != 256 || g.Shares.Streams != 50 || len(g.Hosts) != 0 {
			t.Errorf("%s: %+v", name, g)
		}
	}
	if name, ok := table.Host("203.0.113.7"); name != "demo" || !ok {
		t.Error(name, ok)
	}
	if empty := parse(t, " \n"); empty.Of("demo").Shares != DefaultShares() {
		t.Errorf("nothing: %v", empty.Of("demo").Shares)
	}
}

func TestTheFirstGrantOfAHostWins(t *testing.T) {
	t.Parallel()
	table, faults, warnings := Parse(`{domains:{b:{hosts:["x.example"]}, a:{hosts:["X.example."]}}}`)
	if len(faults) != 0 || len(warnings) != 1 || warnings[0].Msg != "x.example was granted to the domain b before" {
		t.Errorf("%v %v", faults, warnings)
	}
	if name, _ := table.Host("x.example"); name != "b" {
		t.Errorf("it is %s's", name)
	}
	_, _, err := table.With("c", Change{Kind: "host", Value: "x.example"})
	if taken, ok := err.(*Taken); !ok || taken.By != "b" {
		t.Error(err)
	}
}

func TestWhatIsWrongHasItsPlace(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`{domains:{demo:{hosts:["a.example:80"]}}}`:   "1:24 a host has no port",
		`{domains:{demo:{hosts:["demo.localhost"]}}}`: "1:24 demo.localhost needs no grant",
		`{domains:{demo:{hosts:"a.example"}}}`:        "1:23 want a list",
		`{domains:{demo:{owner:7}}}`:                  "1:23 want a text",
		`{domains:{demo:{networks:["10.0.0.0/33"]}}}`: "1:27 not a network",
		`{domains:{demo:{env:["A B"]}}}`:              "1:22 no name of an environment variable",
		`{domains:{demo:{shares:{slots:"many"}}}}`:    "1:31 \"many\" is no share of slots",
		`{domains:{demo:{shares:{slots:0}}}}`:         "1:31 \"0\" is no share of slots",
		`{domains:{demo:{shares:{body:64}}}}`:         "1:30 \"64\" is no share of body: want a value like 64MiB",
		`{domains:[]}`:                                "1:10 domains must be an object",
		`{`:                                           "1:2 ",
		`[]`:                                          "1:1 want an object",
	} {
		_, faults, _ := Parse(src)
		if len(faults) == 0 {
			t.Errorf("%s: no fault", src)
			continue
		}
		f := faults[0]
		line, col := relaxed.LineCol(src, f.Offset)
		if got := strings.Join([]string{itoa(line), ":", itoa(col), " ", f.Msg}, ""); !strings.HasPrefix(got, want) || f.ZH == "" {
			t.Errorf("%s: %q (%q), want %q", src, got, f.ZH, want)
		}
	}
	if _, faults, warnings := Parse(`{domains:{demo:{host:[]}}}`); len(faults) != 0 || len(warnings) != 1 {
		t.Errorf("an unknown key: %v %v", faults, warnings)
	}
}

func itoa(n int) string { return writeCount(int64(n)) }

func TestChangesAreWrittenAsTheyAreRead(t *testing.T) {
	t.Parallel()
	table := parse(t, "")
	for _, c := range []Change{
		{Kind: "host", Value: "商店.cn"}, {Kind: "host", Value: "203.0.113.7"}, {Kind: "network", Value: "127.0.0.1:9000"},
		{Kind: "network", Value: "[fd00::/8]:443"}, {Kind: "env", Value: "SMTP_PASSWD"}, {Kind: "owner", Value: "小白"},
		{Kind: "share", Value: "body=64M"}, {Kind: "share", Value: "cron=90s"}, {Kind: "share", Value: "disk=none"},
	} {
		now, changed, err := table.With("demo", c)
		if err != nil || !changed {
			t.Fatalf("%+v: %v %v", c, changed, err)
		}
		table = parse(t, string(now.Text()))
		if again, changed, err := table.With("demo", c); err != nil || changed || string(again.Text()) != string(table.Text()) {
			t.Errorf("%+v twice: %v %v", c, changed, err)
		}
	}
	want := `{
  "domains": {
    "demo": {
      "hosts": [
        "xn--czrs0t.cn",
        "203.0.113.7"
      ],
      "owner": "小白",
      "networks": [
        "127.0.0.1:9000",
        "[fd00::/8]:443"
      ],
      "env": [
        "SMTP_PASSWD"
      ],
      "shares": {
        "body": "64MiB",
        "disk": "none",
        "cron": "90s"
      }
    }
  }
}
`
	if got := string(table.Text()); got != want {
		t.Errorf("written:\n%s", got)
	}
	for _, c := range []Change{
		{Kind: "host", Value: "xn--czrs0t.cn"}, {Kind: "host", Value: "203.0.113.7"}, {Kind: "network", Value: "127.0.0.1:9000"},
		{Kind: "network", Value: "[fd00::/8]:443"}, {Kind: "env", Value: "SMTP_PASSWD"}, {Kind: "owner"},
		{Kind: "share", Value: "body"}, {Kind: "share", Value: "cron=90s"}, {Kind: "share", Value: "disk"},
	} {
		c.Revoke = true
		now, changed, err := table.With("demo", c)
		if err != nil || !changed {
			t.Fatalf("%+v: %v %v", c, changed, err)
		}
		table = parse(t, string(now.Text()))
	}
	if got := string(table.Text()); got != "{\n  \"domains\": {}\n}\n" {
		t.Errorf("all taken back:\n%s", got)
	}
}

func TestChangesThatMakeNoSenseSayWhatToDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, value, want string }{
		{"host", "a.example:80", "a host has no port"}, {"share", "slots", "a share is KEY=VALUE, as slots=64"},
		{"share", "memory=1", "want one of slots, body, disk, streams, cron"}, {"share", "cron=5", "a value like 10m"},
		{"share", "disk=10 parsecs", "a value like 10GiB"}, {"share", "disk=99999999TiB", "no share of disk"},
		{"network", "everywhere", "want CIDR[:PORT]"}, {"env", "$HOME", "no name of an environment variable"},
		{"owner", "", "the owner's name is missing"}, {"root", "x", "want one of host, network, env, owner, share"},
	} {
		_, _, err := parse(t, "").With("demo", Change{Kind: c.kind, Value: c.value})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q", c.kind, c.value, err, c.want)
		}
	}
}

func TestANetworkHoldsItsAddressesAndPorts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		network, address string
		in               bool
	}{
		{"10.0.0.0/8", "10.9.9.9:1", true},
		{"10.0.0.0/8", "11.0.0.1:1", false},
		{"10.1.2.3/8", "10.9.9.9:1", true},
		{"127.0.0.1:9000", "127.0.0.1:9000", true},
		{"127.0.0.1:9000", "127.0.0.1:9001", false},
		{"127.0.0.1:9000", "127.0.0.2:9000", false},
		{"127.0.0.0/8:9000", "127.0.0.2:9000", true},
		{"10.0.0.0/8", "[::ffff:10.0.0.1]:1", true},
		{"::ffff:10.0.0.0/104", "10.0.0.1:1", true},
		{"::1", "[::1]:1", true},
		{"[fe80::/10]:80", "[fe80::1%eth0]:80", true},
		{"[fd00::/8]:443", "[fd00::1]:80", false},
	} {
		n, err := ParseNetwork(c.network)
		if err != nil {
			t.Fatal(err)
		}
		g := &Grants{Networks: []Network{n}}
		if a := netip.MustParseAddrPort(c.address); g.Reaches(a) != c.in || g.ReachesPort(a) != (c.in && n.Port != 0) {
			t.Errorf("%s in %s: want %v", c.address, c.network, c.in)
		}
	}
	for _, text := range []string{"", "10.0.0.0/8:0", "10.0.0.0/8:65536", "10.0.0.0/8:", "[::1]80", "[::1", "localhost:80", "fe80::1%eth0", "::1:zz"} {
		if n, err := ParseNetwork(text); err == nil {
			t.Errorf("%q is %v", text, n)
		}
	}
}

// A line of the list can be typed behind carya grant.
func TestLinesAreWordsOfACommandLine(t *testing.T) {
	t.Parallel()
	for owner, want := range map[string]string{"anna": "demo owner anna", "a'b; id": `demo owner 'a'\''b; id'`, "-x": "-- demo owner -x", "=ls": "demo owner '=ls'"} {
		table, _, err := parse(t, "").With("demo", Change{Kind: "owner", Value: owner})
		if err != nil {
			t.Fatal(err)
		}
		if got := table.Lines("demo"); len(got) != 1 || got[0] != want {
			t.Errorf("%q: %q", owner, got)
		}
	}
}
