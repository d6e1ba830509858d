package domain

// Race tells directories from files.
type Race string

// The races.
const (
	DIR  Race = "DIR"
	FILE Race = "FILE"
)

// Object is a node of the tree. Times are Unix milliseconds, Len is bytes (0
// for a directory). Objects are shared: nobody changes one.
type Object struct {
	ID       string // "" when it was never given one
	Name     string // the last segment of Path; the domain's name for ~/
	Path     Path
	PID      string // the parent's id, "" when it has none
	Race     Race
	Type     string // extension in lower case, "" for a directory
	Mime     string // "" for a directory
	Len      int64
	Created  int64 // as the metadata says, else Modified
	Modified int64
	Meta     []byte // further metadata: a strict JSON object, nil when none
}
