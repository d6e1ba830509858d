package domain

import (
	"time"

	"github.com/rs/xid"
)

// NewID makes an id: 20 lower-case characters (0-9, a-v) that sort by time
// (rs/xid). It is no secret: never use it as a ticket or a code.
func NewID() string { return xid.New().String() }

// IDTime is when an id was made, to the second; false when s is no id of NewID's.
func IDTime(s string) (time.Time, bool) {
	id, err := xid.FromString(s)
	if err != nil || !IsID(s) {
		return time.Time{}, false
	}
	return id.Time(), true
}

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
