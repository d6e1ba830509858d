package www

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
)

// Hash is the cost of a password's hash, argon2id (RFC 9106).
type Hash struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// DefaultHash is OWASP's first recommendation for argon2id.
var DefaultHash = Hash{Memory: 19456, Time: 2, Threads: 1}

// Lengths of salt and hash in bytes.
const (
	saltLen = 16
	hashLen = 32
)

var b64, b64url = base64.RawStdEncoding, base64.RawURLEncoding

// hash makes the PHC string of a password that is acceptable.
func (s *Service) hash(ctx context.Context, site *Site, passwd string) (string, error) {
	if err := acceptable(passwd); err != nil {
		return "", err
	}
	out, err := s.work(ctx, site.people.Domain(), HashWork{Cost: s.o.Hash, Passwd: passwd})
	return out.Hash, err
}

func newSalt() []byte {
	salt := make([]byte, saltLen)
	rand.Read(salt)
	return salt
}

// phc is $argon2id$v=19$m=…,t=…,p=…$salt$hash.
func (h Hash) phc(passwd string, salt []byte) string {
	key := argon2.IDKey([]byte(passwd), salt, h.Time, h.Memory, h.Threads, hashLen)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.Memory, h.Time, h.Threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// verify reports whether a password is that of a stored hash. An empty, unknown or
// broken hash is never right and costs as much; so does at least one that was
// made more cheaply.
func (s *Service) verify(ctx context.Context, dom, stored, passwd string) (bool, error) {
	if len(passwd) > maxPasswd {
		passwd = passwd[:maxPasswd+1] // none that long was ever stored
	}
	out, err := s.work(ctx, dom, HashWork{Cost: s.o.Hash, Passwd: passwd, Stored: stored, Verify: true})
	if out.Broken != "" {
		s.o.Log.Warn("a stored password hash is broken", "err", out.Broken)
	}
	return out.Right, err
}

// made reports whether a stored hash has this kind and cost.
func (h Hash) made(stored string) bool {
	return strings.HasPrefix(stored, fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, h.Memory, h.Time, h.Threads))
}

// IsHash reports whether a stored password is in one of the formats that
// verifyHash knows.
func IsHash(s string) bool {
	for _, f := range formats {
		if strings.HasPrefix(s, f.prefix) {
			return true
		}
	}
	return false
}

// format is one way that passwords are stored.
type format struct {
	prefix string
	verify func(stored, passwd string) (bool, error)
}

// formats are the known ones: PHC and modular crypt strings, and for imports
//
//	{SSHA} {SSHA256} {SSHA512} {SMD5}   base64 of digest and salt (RFC 2307 style)
//	{SHA1:salt} {SHA256:salt} {MD5:salt} hex of digest(password + salt)
//	pbkdf2_sha256$iterations$salt$base64 (Django), $pbkdf2-sha256$…  (PHC, passlib)
//	$scrypt$ln=…,r=…,p=…$salt$hash
var formats = []format{
	{"$argon2id$", verifyArgon2}, {"$argon2i$", verifyArgon2},
	{"$2a$", verifyBcrypt}, {"$2b$", verifyBcrypt}, {"$2y$", verifyBcrypt},
	{"$scrypt$", verifyScrypt},
	{"$pbkdf2-sha256$", verifyPBKDF2}, {"$pbkdf2-sha512$", verifyPBKDF2}, {"$pbkdf2$", verifyPBKDF2},
	{"pbkdf2_sha256$", verifyDjango},
	{"{SSHA}", salted(sha1.New)}, {"{SSHA256}", salted(sha256.New)}, {"{SSHA512}", salted(sha512.New)}, {"{SMD5}", salted(md5.New)},
	{"{SHA1:", suffixed(sha1.New)}, {"{SHA256:", suffixed(sha256.New)}, {"{MD5:", suffixed(md5.New)},
}

func verifyHash(stored, passwd string) (bool, error) {
	for _, f := range formats {
		if strings.HasPrefix(stored, f.prefix) {
			return f.verify(stored, passwd)
		}
	}
	return false, fmt.Errorf("unknown format")
}

// Bounds on the cost that an imported hash may ask for.
const (
	maxMemory = 256 << 10 // KiB
	maxPasses = 64
	minHash   = 16 // bytes: an empty hash would be everybody's
	maxHash   = 128

	// Work of one comparison: a few seconds at most, of whatever is shared by all domains.
	maxArgon2 = 2 << 20   // KiB, of all passes
	maxBcrypt = 15        // its cost
	maxScrypt = 4 << 20   // blocks: N*r*p
	maxRounds = 5_000_000 // of PBKDF2, for each block of the hash
)

// tooCostly reports whether a stored hash asks for more work than one sign-in may be. One
// of the root's own cost never does.
func (h Hash) tooCostly(stored string) bool {
	if h.made(stored) {
		return false
	}
	parts := strings.Split(stored, "$")
	var m, t, ln, r, p, cost, rounds int
	switch {
	case len(stored) > 1024:
		return true
	case strings.HasPrefix(stored, "$argon2") && len(parts) == 6:
		n, _ := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &m, &t, &p)
		return n == 3 && (m > maxMemory || t > maxPasses || m*t > max(maxArgon2, int(h.Memory)*int(h.Time)) || p > 64)
	case strings.HasPrefix(stored, "$2") && len(parts) == 4:
		n, _ := fmt.Sscanf(parts[2], "%d", &cost)
		return n == 1 && cost > maxBcrypt
	case strings.HasPrefix(stored, "$scrypt$") && len(parts) == 5:
		n, _ := fmt.Sscanf(parts[2], "ln=%d,r=%d,p=%d", &ln, &r, &p)
		return n == 3 && (ln > 20 || r > 32 || p > 16 || (r*p)<<max(ln, 0) > maxScrypt)
	case strings.HasPrefix(stored, "pbkdf2_") && len(parts) == 4:
		n, _ := fmt.Sscanf(parts[1], "%d", &rounds)
		return n == 1 && rounds > maxRounds
	case strings.HasPrefix(stored, "$pbkdf2") && len(parts) == 5:
		n, _ := fmt.Sscanf(strings.TrimPrefix(parts[2], "i="), "%d", &rounds)
		return n == 1 && rounds > maxRounds
	}
	return false
}

func verifyArgon2(stored, passwd string) (bool, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 {
		return false, fmt.Errorf("argon2: %d parts", len(parts))
	}
	var h Hash
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.Memory, &h.Time, &h.Threads); err != nil {
		return false, fmt.Errorf("argon2: %w", err)
	}
	salt, err := b64.DecodeString(parts[4])
	if err != nil {
		return false, err
	}
	want, err := b64.DecodeString(parts[5])
	if err != nil || len(want) < minHash || len(want) > maxHash || h.Memory > maxMemory || h.Time < 1 || h.Time > maxPasses || h.Threads < 1 {
		return false, fmt.Errorf("argon2: bad parameters %s", parts[3])
	}
	derive := argon2.IDKey
	if parts[1] == "argon2i" {
		derive = argon2.Key
	}
	return subtle.ConstantTimeCompare(want, derive([]byte(passwd), salt, h.Time, h.Memory, h.Threads, uint32(len(want)))) == 1, nil
}

// verifyBcrypt looks at the first 72 bytes, as bcrypt does.
func verifyBcrypt(stored, passwd string) (bool, error) {
	err := bcrypt.CompareHashAndPassword([]byte(stored), []byte(passwd[:min(len(passwd), 72)]))
	if err == bcrypt.ErrMismatchedHashAndPassword {
		return false, nil
	}
	return err == nil, err
}

func verifyScrypt(stored, passwd string) (bool, error) {
	parts := strings.Split(stored, "$")
	var ln, r, p int
	if len(parts) != 5 {
		return false, fmt.Errorf("scrypt: %d parts", len(parts))
	}
	if _, err := fmt.Sscanf(parts[2], "ln=%d,r=%d,p=%d", &ln, &r, &p); err != nil || ln < 1 || ln > 20 || r < 1 || r > 32 || p < 1 || p > 16 || r<<ln > maxMemory<<3 {
		return false, fmt.Errorf("scrypt: bad parameters %s", parts[2])
	}
	salt, err := b64.DecodeString(parts[3])
	if err != nil {
		return false, err
	}
	want, err := b64.DecodeString(parts[4])
	if err != nil {
		return false, err
	}
	if len(want) < minHash || len(want) > maxHash {
		return false, fmt.Errorf("scrypt: a hash of %d bytes", len(want))
	}
	got, err := scrypt.Key([]byte(passwd), salt, 1<<ln, r, p, len(want))
	return err == nil && subtle.ConstantTimeCompare(want, got) == 1, err
}

func verifyPBKDF2(stored, passwd string) (bool, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 5 {
		return false, fmt.Errorf("pbkdf2: %d parts", len(parts))
	}
	rounds, err := strconv.Atoi(strings.TrimPrefix(parts[2], "i="))
	if err != nil || rounds < 1 || rounds > maxRounds {
		return false, fmt.Errorf("pbkdf2: bad rounds %s", parts[2])
	}
	salt, err := b64.DecodeString(strings.ReplaceAll(parts[3], ".", "+"))
	if err != nil {
		return false, err
	}
	want, err := b64.DecodeString(strings.ReplaceAll(parts[4], ".", "+"))
	if err != nil {
		return false, err
	}
	digest := map[string]func() hash.Hash{"pbkdf2": sha1.New, "pbkdf2-sha256": sha256.New, "pbkdf2-sha512": sha512.New}[parts[1]]
	return samePBKDF2(digest, passwd, salt, rounds, want)
}

func verifyDjango(stored, passwd string) (bool, error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 4 {
		return false, fmt.Errorf("pbkdf2: %d parts", len(parts))
	}
	rounds, err := strconv.Atoi(parts[1])
	if err != nil || rounds < 1 || rounds > maxRounds {
		return false, fmt.Errorf("pbkdf2: bad rounds %s", parts[1])
	}
	want, err := base64.StdEncoding.DecodeString(parts[3])
	if err != nil {
		return false, err
	}
	return samePBKDF2(sha256.New, passwd, []byte(parts[2]), rounds, want)
}

func samePBKDF2(digest func() hash.Hash, passwd string, salt []byte, rounds int, want []byte) (bool, error) {
	blocks := (len(want) + digest().Size() - 1) / digest().Size()
	if len(want) < minHash || len(want) > maxHash || rounds*blocks > maxRounds {
		return false, fmt.Errorf("pbkdf2: a hash of %d bytes in %d rounds", len(want), rounds)
	}
	got, err := pbkdf2.Key(digest, passwd, salt, rounds, len(want))
	return err == nil && subtle.ConstantTimeCompare(want, got) == 1, err
}

// salted verifies {SSHA}base64(digest(password + salt) + salt).
func salted(digest func() hash.Hash) func(stored, passwd string) (bool, error) {
	return func(stored, passwd string) (bool, error) {
		raw, err := base64.StdEncoding.DecodeString(stored[strings.IndexByte(stored, '}')+1:])
		h := digest()
		if err != nil || len(raw) < h.Size() {
			return false, fmt.Errorf("salted digest: %d bytes", len(raw))
		}
		h.Write([]byte(passwd))
		h.Write(raw[h.Size():])
		return hmac.Equal(h.Sum(nil), raw[:h.Size()]), nil
	}
}

// suffixed verifies {SHA256:salt}hex(digest(password + salt)).
func suffixed(digest func() hash.Hash) func(stored, passwd string) (bool, error) {
	return func(stored, passwd string) (bool, error) {
		head, text, ok := strings.Cut(stored, "}")
		want, err := hex.DecodeString(text)
		if !ok || err != nil {
			return false, fmt.Errorf("digest: %w", err)
		}
		_, salt, _ := strings.Cut(head, ":")
		h := digest()
		h.Write([]byte(passwd + salt))
		return hmac.Equal(h.Sum(nil), want), nil
	}
}
