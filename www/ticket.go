package www

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// ticketBytes is the strength of a ticket, in random bytes.
const ticketBytes = 32

// maxTicket bounds what is looked at as a ticket, in bytes.
const maxTicket = 512

// newTicket makes a ticket: 43 characters of A-Za-z0-9-_. It does not begin with
// a dash, so that a person can type it as a word.
func newTicket() string {
	for {
		var b [ticketBytes]byte
		rand.Read(b[:])
		if text := base64.RawURLEncoding.EncodeToString(b[:]); text[0] != '-' {
			return text
		}
	}
}

// ticketID names the session of a ticket: the lower-case hex SHA-256 of the
// ticket's text. It is safe to show, and the name of the session's file.
func ticketID(ticket string) string {
	sum := sha256.Sum256([]byte(ticket))
	var text [2 * sha256.Size]byte
	return string(hex.AppendEncode(text[:0], sum[:]))
}

// noTicket reports whether a caller gave no ticket: none, or the seed's "-nil-".
func noTicket(ticket string) bool { return ticket == "" || ticket == "-nil-" }
