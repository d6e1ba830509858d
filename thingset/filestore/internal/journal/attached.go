package journal

import (
	"time"

	"github.com/caryahq/carya/domain"
)

// attachedEvery is how often Append looks whether all files of the journal still
// have their names. That the one which it writes to was removed it sees at once.
const attachedEvery = 250 * time.Millisecond

var errLost = domain.Errorf("日志目录或其中的文件被移走或替换", "the journal's folder, or a file in it, was removed or replaced")

// attached reports whether the files are those that will be read when the journal
// is opened again. When they are not, nothing is appended until Cut has taken out
// everything that was in them.
func (j *Journal) attached(s *Segment) error {
	if s.File.Unlinked() {
		j.lost, j.rooted = errLost, false
		return j.lost
	}
	if now := time.Now(); now.Sub(j.looked) >= attachedEvery {
		j.looked = now
		for _, s := range j.segs {
			if !s.File.Linked() {
				j.lost, j.rooted = errLost, false
			}
		}
	}
	return j.lost
}

// Lost reports whether files of the journal are gone, which it looks for. What was
// in them has to be flushed and the journal to be cut before anything is appended.
func (j *Journal) Lost() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.gone()
}

func (j *Journal) gone() bool {
	if j.lost == nil && len(j.segs) > 0 {
		j.looked = time.Time{}
		_ = j.attached(j.open())
	}
	return j.lost != nil
}
