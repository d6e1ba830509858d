package cmds

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/caryahq/carya/shell"
)

func uuid() *shell.Command {
	c := makes("uuid", func() string { return newUUID(4) })
	c.Options = append(c.Options, flag("t", "that sort by time (version 7)", "按时间有序（版本 7）"))
	c.Run = func(c *shell.Call) error {
		version := byte(4)
		if c.Has("t") {
			version = 7
		}
		return printNew(c, func() string { return newUUID(version) })
	}
	return c
}

// newUUID makes a UUID (RFC 9562) of version 4 or 7.
func newUUID(version byte) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	if version == 7 {
		ms := time.Now().UnixMilli()
		for i := range 6 {
			b[i] = byte(ms >> (40 - 8*i))
		}
	}
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
