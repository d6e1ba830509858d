package domain

import "github.com/rs/xid"

// NewID makes an id: 20 lower-case characters (0-9, a-v) that sort by time
// (rs/xid). It is no secret: never use it as a ticket or a code.
func NewID() string { return xid.New().String() }

// IsID reports whether s has the form of an id.
func IsID(s string) bool {
	if len(s) != 20 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'v') {
			return false
		}
	}
	return true
}
