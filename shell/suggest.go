package shell

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/near"
)

// didYouMean is a hint for a wrong name, empty when nothing is near.
func didYouMean(prefix, wrote string, names []string) domain.Text {
	if n := near.Name(wrote, names); n != "" {
		return domain.Textf("，是不是 %s？", "; did you mean %s?", prefix+n)
	}
	return domain.Text{}
}

// wrongName is a name that is none, with a hint.
func wrongName(name string, hint domain.Text) domain.Text {
	return domain.Textf("%s%s", "%s%s", name, hint)
}

// Nearest is the name closest to what somebody wrote, "" when none is close: what
// the compiler itself suggests by.
func Nearest(wrote string, names []string) string { return near.Name(wrote, names) }
