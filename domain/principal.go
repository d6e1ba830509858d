package domain

// Principal says on whose behalf a script runs.
type Principal uint8

// The principals. API is the zero value: the one that may least.
const (
	API   Principal = iota // an HTTP request: an endpoint's script
	Owner                  // the domain's owner: the command line, cron, init
)

func (p Principal) String() string {
	if p == Owner {
		return "owner"
	}
	return "api"
}

// Identity is the person that a request has signed in as.
type Identity struct {
	SessionID string // hex SHA-256 of the ticket: safe to show and log
	Ticket    string // secret; never logged
	SiteID    string
	UID       string // account id
	Actor     string // the account that acts as this one (account.su), "" when it acts for itself
	Name      string
	Role      string
	Group     string
	Me        []byte // the account as a JSON object without passwd, salt, __*
}
