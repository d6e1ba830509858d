package cmds

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	stdhash "hash"
	"io"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// hash is the family of digests, one verb for each algorithm.
func hash() *shell.Command {
	verb := func(name string, h func() stdhash.Hash) *shell.Command {
		return &shell.Command{
			Name:    name,
			Manual:  name + ": the " + name + " digest of files or of the pipe\n文件或管道内容的 " + name + " 摘要\n",
			Reads:   true,
			Params:  []shell.Param{sourcesParam()},
			Options: hashOptions(),
			Run:     func(c *shell.Call) error { return digest(c, h) },
		}
	}
	return &shell.Command{
		Name:   "hash",
		Manual: manual("hash"),
		Verbs: []*shell.Command{
			verb("md5", md5.New),
			verb("sha1", sha1.New),
			verb("sha256", sha256.New),
			verb("sha512", sha512.New),
		},
	}
}

func hashOptions() []shell.Option {
	return []shell.Option{
		flag("n", "no newline at the end", "末尾不换行"),
		flag("b64", "in base64 instead of hexadecimal", "用 base64 而不是十六进制"),
		option("hmac", "KEY", shell.Text, "an HMAC under this key", "以此为密钥的 HMAC"),
		option("is", "DIGEST", shell.Text, "print nothing; fail unless the digest is this one, a name such as sha256= before it does not count", "不输出；摘要不是它即出错，前面的 sha256= 之类不计"),
	}
}

// digest prints the digest of each source; the name behind it when there are
// several.
func digest(c *shell.Call, h func() stdhash.Hash) error {
	if c.Has("hmac") && c.Opt("hmac").Text() == "" {
		return domain.E("e.cmd.arg", domain.Text{ZH: "-hmac 的密钥为空", EN: "the key of -hmac is empty"})
	}
	return eachSource(c, 0, func(s source) error {
		sum := h()
		if c.Has("hmac") {
			sum = hmac.New(h, []byte(c.Opt("hmac").Text()))
		}
		if err := copyTo(sum, s); err != nil {
			return err
		}
		text := hex.EncodeToString(sum.Sum(nil))
		if c.Has("b64") {
			text = base64.StdEncoding.EncodeToString(sum.Sum(nil))
		}
		if c.Has("is") {
			return compareDigest(text, c.Opt("is").Text(), c.Has("b64"))
		}
		if c.NArg() > 1 {
			text += "  " + s.name
		}
		if !c.Has("n") {
			text += "\n"
		}
		_, err := io.WriteString(c.Out, text)
		return err
	})
}

// compareDigest takes as long wherever the two differ, so that nobody finds a
// digest by trying.
func compareDigest(got, want string, b64 bool) error {
	if name, rest, ok := strings.Cut(want, "="); ok && rest != "" && rest != "=" && !strings.ContainsAny(name, "+/") {
		want = rest
	}
	if !b64 {
		want = strings.ToLower(want)
	}
	if subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
		return domain.E("e.cmd.digest")
	}
	return nil
}
