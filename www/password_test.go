package www

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// vectors are hashes that others made: of the named documents, else of Python's
// hashlib.
var vectors = []struct{ name, passwd, stored string }{
	{"argon2id (reference command, -t 1 -k 64 -p 1 -l 24)", "password", `$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$ZVrRXqxlLcWfcXCnMyv0m4Rpvh/bnCi7`},
	{"bcrypt (jBCrypt)", "abc", `$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i`},
	{"scrypt (RFC 7914)", "password", `$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA`},
	{"PBKDF2-SHA256 (RFC 7914)", "passwd", `$pbkdf2-sha256$1$c2FsdA$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLxJypzM8Xm2RZkWZLOdd+8xfHG4RbHjC9UJESBB06GXgw`},
	{"PBKDF2-SHA1 (RFC 6070)", "password", `$pbkdf2$1$c2FsdA$DGDID5YfDnHzqbUkr2ASBi/gN6Y`},
	{"PBKDF2-SHA512", "password", `$pbkdf2-sha512$1000$c2FsdA$r+bFUweFtsxrHGRTOEcxvV7kMu5Un9QvtmlXea2KHFv1neacSPd078QAfVKY+QM8AkHVq2kwXntk7O642DTP7A`},
	{"Django", "password", `pbkdf2_sha256$1000$salt$YywoEuRtRgQQK6dhjp1tfS+BKPYma0oDJk0qBGC33LM=`},
	{"SSHA", "password", `{SSHA}yI6cZwQadOA1e+/f+T+H3eCQQhRzYWx0`},
	{"SSHA256", "password", `{SSHA256}eje4XIkY6sGakInA+loqtNzj+QUo3N7sEIsj3fNge5lzYWx0`},
	{"SSHA512", "password", `{SSHA512}+mohhbPgqahe9B/7Z+88H7b3SYD46/lw5OcuNT7ZU31ZMIPCAd/W5D4cinqsK8jbsRnH37fUuPExEROVvXDpf3NhbHQ=`},
	{"SMD5", "password", `{SMD5}swXK27O85U86pZxk/sAN6nNhbHQ=`},
	{"SHA1 and salt", "password", `{SHA1:salt}c88e9c67041a74e0357befdff93f87dde0904214`},
	{"SHA256 and salt", "password", `{SHA256:salt}7a37b85c8918eac19a9089c0fa5a2ab4dce3f90528dcdeec108b23ddf3607b99`},
	{"MD5 and salt", "password", `{MD5:salt}b305cadbb3bce54f3aa59c64fec00dea`},
}

func TestVerifyKnowsTheHashesOfOthers(t *testing.T) {
	t.Parallel()
	for _, v := range vectors {
		if !IsHash(v.stored) {
			t.Errorf("%s: not taken for a hash", v.name)
		}
		if ok, err := verifyHash(v.stored, v.passwd); !ok || err != nil {
			t.Errorf("%s: the right password: %v, %v", v.name, ok, err)
		}
		if ok, err := verifyHash(v.stored, v.passwd+"x"); ok || err != nil {
			t.Errorf("%s: a wrong password: %v, %v", v.name, ok, err)
		}
	}
}

func TestBrokenHashesAreNeverRight(t *testing.T) {
	t.Parallel()
	for _, stored := range []string{
		"$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$c29tc2FsdA$", "$argon2id$v=19$m=99999999,t=1,p=1$c29tc2FsdA$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$scrypt$ln=10,r=8,p=1$TmFDbA$", "$scrypt$ln=63,r=8,p=1$TmFDbA$AAAA", "$scrypt$ln=-1,r=8,p=1$TmFDbA$AAAA",
		"$pbkdf2-sha256$1$c2FsdA$", "$pbkdf2-sha256$999999999$c2FsdA$AAAA", "pbkdf2_sha256$1$salt$",
		"{SSHA}", "{SSHA}AAAA", "{SHA256:salt}", "{MD5:salt", "$2a$06$short",
	} {
		if ok, _ := verifyHash(stored, "password"); ok {
			t.Errorf("%s lets anybody in", stored)
		}
	}
}

func TestSignInMakesAnOldHashAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, v := range vectors {
		name := "old" + string(rune('a'+i))
		w.owner().must(`www account ~/www ` + name + ` -new '{passwd:"` + v.stored + `"}'`)
		for range 2 { // by the old hash, by the new one
			w.owner().must(`www auth ~/www ` + name + ` -p ` + v.passwd)
			if got := w.stored(name, "passwd"); !cheap.made(got) {
				t.Errorf("%s: stored %s after sign-in", v.name, got)
			}
		}
	}
}

// stored is a field of an account as the store has it.
func (w *world) stored(name, field string) string {
	w.t.Helper()
	who, err := w.s.person(w.t.Context(), w.site(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return who.get(field).String()
}

func TestAPersonsPasswordIsNeverTakenForAHash(t *testing.T) {
	t.Parallel()
	const text = "{MD5:salt}00112233445566778899aabbccddeeff"
	w := newWorld(t)
	ticket := w.signIn("xiaobai")
	w.request("192.0.2.1", "").must(`www passwd ~/www -ticket ` + ticket + ` -check '{oldpwd:"` + passwd + `",newpwd:"` + text + `"}'`)
	w.owner().must(`www captcha ~/www auth 13911112222 -code 2468`)
	w.request("192.0.2.1", "").must(`www auth ~/www 13911112222 -v 2468 -create -p '` + text + `'`)
	for _, name := range []string{"xiaobai", "13911112222"} {
		if got := w.stored(name, "passwd"); !cheap.made(got) {
			t.Errorf("%s: stored %s", name, got)
		}
		w.owner().must(`www auth ~/www ` + name + ` -p '` + text + `'`)
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	for passwd, ok := range map[string]bool{
		"": false, "1234567": false, "password1": false, "PassWord1": false,
		strings.Repeat("a", 257): false, strings.Repeat("ab", 128): true, passwd: true, "密码密": true,
	} {
		err := acceptable(passwd)
		if (err == nil) != ok || err != nil && domain.CodeOf(err) != "e.auth.passwd.new.invalid" {
			t.Errorf("%.20q (%d bytes): %v", passwd, len(passwd), err)
		}
	}
}

func TestNewPasswordEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, other := w.signIn("xiaobai"), w.signIn("xiaobai")
	api := w.request("192.0.2.1", mine)
	api.fails("e.auth.passwd.old.invalid", `www passwd ~/www 'another long one' -ticket `+mine)
	got := api.must(`www passwd ~/www -ticket ` + mine + ` -check '{oldpwd:"` + passwd + `",newpwd:"another long one"}'`)
	next := gjson.Get(got, "ticket").String()
	if me := api.must(`www checkme ~/www ` + next); gjson.Get(got, "nm").String() != "xiaobai" || gjson.Get(me, "me.nm").String() != "xiaobai" || gjson.Get(me, "me.ticket").Exists() {
		t.Errorf("the session that changed the password: %s", me)
	}
	for _, old := range []string{mine, other} {
		api.fails("e.auth.ticked.noexist", `www checkme ~/www `+old)
	}
}

// The new session is nobody's child: its parent, the same person's, has ended.
func TestAChildGoesOnAfterAPasswordChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	up := w.signIn("xiaobai")
	child := gjson.Get(w.request("192.0.2.1", up).must(`www auth ~/www xiaobai -ticket `+up), "ticket").String()
	got := w.request("192.0.2.1", child).must(`www passwd ~/www -ticket ` + child + ` -check '{oldpwd:"` + passwd + `",newpwd:"another long one"}'`)
	next := gjson.Get(got, "ticket").String()
	w.owner().fails(dead, `www checkme ~/www `+child)
	w.owner().must(`www checkme ~/www ` + next)
	if back := gjson.Get(w.owner().must(`www logout ~/www `+next), "ticket").String(); back != "" {
		t.Errorf("it goes back to %q", back)
	}
}

// An owner's hashes are compared by processors that all domains share: none of them
// keeps one for long.
func TestNoStoredHashAsksForMuchWork(t *testing.T) {
	t.Parallel()
	const salt, hash = "c29tc2FsdHNvbWVzYWx0", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	long := strings.Repeat("AAAA", 1<<18)
	w := newWorld(t)
	for what, stored := range map[string]string{
		"argon2, passes": "$argon2id$v=19$m=262144,t=64,p=1$" + salt + "$" + hash, "argon2, threads": "$argon2id$v=19$m=65536,t=1,p=255$" + salt + "$" + hash,
		"argon2, a long hash": "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + long, "argon2i": "$argon2i$v=19$m=262144,t=64,p=1$" + salt + "$" + hash,
		"bcrypt": "$2a$31$ajQrWXgPNv6BYnnMrQjJcOeKSLBTmo5WDVNKmWSrPxlE4w9NkRFvi", "bcrypt, too": "$2b$16$ajQrWXgPNv6BYnnMrQjJcOeKSLBTmo5WDVNKmWSrPxlE4w9NkRFvi",
		"scrypt": "$scrypt$ln=20,r=2,p=16$" + salt + "$" + hash, "scrypt, a long hash": "$scrypt$ln=10,r=8,p=1$" + salt + "$" + long,
		"pbkdf2": "$pbkdf2-sha512$10000000$" + salt + "$" + hash, "pbkdf2, a long hash": "$pbkdf2-sha256$5000000$" + salt + "$" + long,
		"pbkdf2, some blocks": "$pbkdf2$5000000$" + salt + "$" + hash, "Django": "pbkdf2_sha256$10000000$salt$" + hash + "=",
	} {
		work := HashWork{Cost: cheap, Passwd: "password", Stored: stored, Verify: true}
		if out := work.Do(); out.Right || out.Broken == "" {
			t.Errorf("%s: %+v", what, out)
		}
		_, err := w.owner().run(`www account ~/www x -new '{passwd:"` + stored + `"}'`)
		if len(stored) < 1024 && what != "pbkdf2, some blocks" && domain.CodeOf(err) != "e.auth.passwd.new.invalid" {
			t.Errorf("%s is stored: %v", what, err)
		}
	}
	own := Hash{Memory: maxMemory, Time: maxPasses, Threads: 4}
	if stored := "$argon2id$v=19$m=262144,t=64,p=4$" + salt + "$" + hash; own.tooCostly(stored) {
		t.Error("a hash of the root's own cost is refused")
	}
	for _, v := range vectors {
		if cheap.tooCostly(v.stored) {
			t.Errorf("%s is refused", v.name)
		}
	}
}
