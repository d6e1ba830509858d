package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
)

// cronState is what ~/.domain/cron/<job>.json keeps.
type cronState struct {
	Seen   int64          `json:"seen"`          // ms: times up to here were looked at
	Missed int            `json:"missed"`        // in all
	Why    map[string]int `json:"why,omitempty"` // those that were missed, by reason
	Runs   []cronRun      `json:"runs"`          // the last ones, oldest first

	isNew bool
}

// missedDown is the reason of times at which the server was down. The others are
// jobpool's.
const missedDown = "down"

// cronRun is one run of a job.
type cronRun struct {
	At     int64  `json:"at"` // ms
	Micros int64  `json:"us"`
	Err    string `json:"err,omitempty"`
	Output string `json:"output,omitempty"` // its beginning
}

const (
	keptRuns     = 20
	keptOutput   = 2000
	jobOutput    = 1 << 20
	maxCronState = 4 << 20
	longestLook  = 31 * 24 * time.Hour // times missed before that are not counted
)

func cronFile(job string) domain.Path { return domain.Path(".domain/cron/" + job + ".json") }

func readCronState(d *domain.Domain, job string) *cronState {
	s := &cronState{}
	raw, err := d.Tree(domain.Owner).ReadWithin(cronFile(job), maxCronState)
	if err != nil || json.Unmarshal(raw, s) != nil {
		return &cronState{isNew: true}
	}
	return s
}

// cronLock is where an open domain keeps the lock of its jobs' states: a run that ends
// and a look that counts change the same one.
type cronLock struct{}

// changeCronState changes what is kept of a job; false from f leaves it as it is.
func changeCronState(d *domain.Domain, job string, f func(*cronState) bool) error {
	mu := d.Value(cronLock{}).(*sync.Mutex)
	mu.Lock()
	defer mu.Unlock()
	s := readCronState(d, job)
	if !f(s) {
		return nil
	}
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return d.Tree(domain.Owner).WriteFile(cronFile(job), append(raw, '\n'))
}

// seenAt makes a state that is looked at in a minute: a new job runs from its next time
// on, and so does one whose state says something impossible, as after the clock
// was set back by more than a day.
func (s *cronState) seenAt(minute time.Time) {
	oldest, latest := minute.Add(-longestLook).UnixMilli(), minute.Add(25*time.Hour).UnixMilli()
	if s.Seen == 0 || s.Seen > latest {
		s.Seen = minute.Add(-time.Minute).UnixMilli()
		s.isNew = true
	}
	s.Seen = max(s.Seen, oldest)
	if s.isNew {
		s.Seen = min(s.Seen, minute.Add(-time.Minute).UnixMilli())
	}
}

func (s *cronState) add(r cronRun) {
	if s.Runs = append(s.Runs, r); len(s.Runs) > keptRuns {
		s.Runs = s.Runs[len(s.Runs)-keptRuns:]
	}
}

func (s *cronState) miss(why string, times int) {
	s.Missed += times
	if s.Why == nil {
		s.Why = map[string]int{}
	}
	s.Why[why] += times
}

// missed tells how often and why: "4 (down 3, running 1)".
func (s *cronState) missed(lang domain.Lang) string {
	var parts []string
	for _, why := range slices.Sorted(maps.Keys(s.Why)) {
		parts = append(parts, fmt.Sprint(reasonText(why).In(lang), " ", s.Why[why]))
	}
	if len(parts) == 0 {
		return fmt.Sprint(s.Missed)
	}
	return fmt.Sprintf("%d (%s)", s.Missed, strings.Join(parts, ", "))
}

// reasonText is why a time was missed, for people.
func reasonText(why string) domain.Text {
	switch why {
	case missedDown:
		return domain.Text{ZH: "服务未运行", EN: "server down"}
	case "running":
		return domain.Text{ZH: "上一次还在运行", EN: "still running"}
	case "waiting":
		return domain.Text{ZH: "还在等待", EN: "still waiting"}
	case "share":
		return domain.Text{ZH: "份额已用完", EN: "share used up"}
	}
	return domain.Text{ZH: "服务停止", EN: "server stopped"}
}
