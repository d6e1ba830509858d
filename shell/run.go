package shell

import (
	"io"
	"time"

	"github.com/caryahq/carya/domain"
)

// Vars resolves placeholders. It is asked with the whole key first
// ("http-qs-site", "params.name"); when that is absent the engine asks for the
// key's first step and walks the rest through the JSON it gets. One run asks from
// one goroutine at a time.
type Vars interface {
	Lookup(key string) (Value, bool)
}

// Value is what a placeholder stands for: text, or a JSON value in raw form.
// Null exists and prints as empty text.
type Value struct {
	Text string
	JSON bool // Text is strict JSON (object, array, number, true, false, null, string)

	formatted bool // <json> made it: as text it is Text, quotes included
}

// MapVars is Vars from a map of texts.
type MapVars map[string]string

// Lookup implements Vars.
func (m MapVars) Lookup(key string) (Value, bool) {
	s, ok := m[key]
	return Value{Text: s}, ok
}

// Env is what one run of a script acts on and for. It may be used by one run
// at a time.
type Env struct {
	Domain  *domain.Domain
	Who     domain.Principal
	Lang    domain.Lang
	Vars    Vars            // nil: no placeholder exists
	Request *domain.Request // nil without an HTTP request
	In      io.Reader       // nil: empty
	Out     io.Writer
	Err     io.Writer // notes for a person; nil: discarded
	Columns int       // width of the terminal that Err is, 0 when it is none
	Limits  Limits

	// Pace, when set, is called before every stage but a run's first, and now and then
	// while stages write to each other; it may wait, and its error ends the run. Several
	// goroutines may call it at once.
	Pace func() error

	// Memory, when set, takes n bytes more of the memory of those the run is for, or gives
	// -n bytes back; its error, e.busy, says that there are no more. A run that holds less
	// than 256 KiB never calls it. It is called by one goroutine at a time, and everything
	// is given back when the run ends. Nil is that of the run around this one, if any.
	Memory func(n int64) error

	// Disk is as Memory, of disk for temporary files.
	Disk func(n int64) error

	// LongWork, when set, is called by a command before work of its own that takes
	// milliseconds of a processor (Call.LongWork). It is as Pace, from the first moment on.
	LongWork func() error

	// Sharing, when set, reports whether others wait for what the run works with: then
	// of the stages of a pipeline one works at a time, and hands over what it has written
	// when that fills the pipe, or is flushed, or is all (after a flush it goes on until it
	// writes again). The answer may change at any moment. Several goroutines may call it
	// at once.
	Sharing func() bool

	// Trace, when set, is told of every stage as it begins. Stages of one
	// run may begin at once, from several goroutines.
	Trace func(*StageRun)
}

// Limits bound a run. Zero means the default of each.
type Limits struct {
	Time   time.Duration // default 30 s for endpoints, none on the command line
	Output int64         // bytes; default 64 MiB for endpoints, none on the command line
	Stages int           // commands run, substitutions and run included; default 10,000
}
