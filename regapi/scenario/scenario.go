package scenario

// File is a test file, read.
type File struct {
	Name      string // as reports name it
	Scenarios []*Scenario
}

// Scenario is a sequence of steps that share variables.
type Scenario struct {
	Name  string
	Line  int
	Steps []*Step
}

// Step is one request or one line of the shell, and what is expected of it.
type Step struct {
	Line   int
	Method string   // "" for a line of the shell
	URL    string   // path and query
	Header []Header // as written
	Body   string
	Shell  string // the pipeline
	Checks []Check
	Saves  []Save
}

// Header is a line of a request.
type Header struct {
	Line        int
	Name, Value string
}

// Check is one expectation.
type Check struct {
	Line  int
	Kind  Kind
	Name  string // header or path
	Op    string // of a path: = != ~ !~ < <= > >= exists absent
	Value string // what is wanted, as written
}

// Kind says what a check looks at.
type Kind uint8

// The kinds of checks.
const (
	Status Kind = iota
	HasHeader
	NoHeader
	Part
	Fails
)

// Save keeps a part of an answer for later steps.
type Save struct {
	Line   int
	Name   string
	Header string // "" for a part of the body
	Path   string
}
