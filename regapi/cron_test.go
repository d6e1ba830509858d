package regapi

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestScheduleNext(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ at, from, want string }{
		{"* * * * *", "2026-01-01 00:00:30", "2026-01-01 00:01"},
		{"0 3 * * *", "2026-01-01 03:00", "2026-01-02 03:00"},
		{"*/15 9-17 * * mon-fri", "2026-11-20 17:50", "2026-11-23 09:00"}, // a Friday
		{"30 4 1,15 * 5", "2026-11-02 00:00", "2026-11-06 04:30"},         // either day fits
		{"0 0 29 2 *", "2026-01-01 00:00", "2028-02-29 00:00"},
		{"5 0 * * 7", "2026-11-21 12:00", "2026-11-22 00:05"},
		{"0 12 31 * *", "2026-11-01 00:00", "2026-12-31 12:00"},
		{"@hourly", "2026-01-01 10:59", "2026-01-01 11:00"}, {"@daily", "2026-12-31 10:59", "2027-01-01 00:00"},
		{"@weekly", "2026-11-21 10:00", "2026-11-22 00:00"}, {"@monthly", "2026-11-21 10:00", "2026-12-01 00:00"},
		{"@every 15m", "2026-01-01 10:07", "2026-01-01 10:15"}, {"10/20 * * * *", "2026-01-01 10:31", "2026-01-01 10:50"},
	} {
		s, err := ParseSchedule(tt.at)
		if err != nil {
			t.Errorf("%s: %v", tt.at, err)
			continue
		}
		layout := "2006-01-02 15:04:05"
		from, err := time.Parse(layout[:len(tt.from)], tt.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Next(from).Format("2006-01-02 15:04"); got != tt.want {
			t.Errorf("%s after %s: %s, want %s", tt.at, tt.from, got, tt.want)
		}
	}
	for _, bad := range []string{"", "* * * *", "60 * * * *", "* * 31 2 *", "a * * * *", "*/0 * * * *", "5-1 * * * *", "@every 5s", "@never", "* * * * 8", "1,,2 * * * *"} {
		if s, err := ParseSchedule(bad); err == nil {
			t.Errorf("%q is a schedule: next %v", bad, s.Next(time.Now()))
		}
	}
}

// TestScheduleAtChangesOfClocks: cron(5) runs what a change of clocks leaves out when
// they have changed, once, and what comes twice the first time.
func TestScheduleAtChangesOfClocks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ zone, at, from, want string }{
		{"America/New_York", "30 2 14 3 *", "2027-01-01 00:00 -0500", "2027-03-14 03:00 -0400"},
		{"America/New_York", "30 2 14 3 *", "2027-03-14 03:00 -0400", "2028-03-14 02:30 -0400"},
		{"America/New_York", "0 2 * * 0", "2027-03-13 12:00 -0500", "2027-03-14 03:00 -0400"},
		{"America/New_York", "0,30 2 * * *", "2027-03-14 01:59 -0500", "2027-03-14 03:00 -0400"},
		{"America/New_York", "0,30 2 * * *", "2027-03-14 03:00 -0400", "2027-03-15 02:00 -0400"}, // both were left out: one run
		{"America/New_York", "30 1 * * *", "2027-11-07 00:00 -0400", "2027-11-07 01:30 -0400"},
		{"America/New_York", "30 1 * * *", "2027-11-07 01:30 -0400", "2027-11-08 01:30 -0500"}, // not again
		{"America/New_York", "30 1 * * *", "2027-11-07 01:10 -0500", "2027-11-08 01:30 -0500"},
		{"America/New_York", "30 * * * *", "2027-11-07 01:30 -0400", "2027-11-07 01:30 -0500"}, // follows the clock
		{"America/New_York", "*/30 2 * * *", "2027-03-14 00:00 -0500", "2027-03-15 02:00 -0400"},
		{"Europe/Berlin", "15 2 * * *", "2027-03-28 01:00 +0100", "2027-03-28 03:00 +0200"},
		{"Europe/Berlin", "15 2 * * *", "2027-10-31 00:00 +0200", "2027-10-31 02:15 +0200"},
		{"Europe/Berlin", "15 2 * * *", "2027-10-31 02:15 +0200", "2027-11-01 02:15 +0100"},
		{"Australia/Lord_Howe", "15 2 * * *", "2026-10-03 12:00 +1030", "2026-10-04 02:30 +1100"}, // half an hour
		{"America/Santiago", "30 0 * * *", "2026-09-05 12:00 -0400", "2026-09-06 01:00 -0300"},    // at midnight
		{"America/Santiago", "@daily", "2026-09-05 12:00 -0400", "2026-09-06 01:00 -0300"},
		{"Asia/Shanghai", "30 2 * * *", "2027-03-14 00:00 +0800", "2027-03-14 02:30 +0800"},
	} {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		s, err := ParseSchedule(tt.at)
		if err != nil {
			t.Fatal(err)
		}
		const layout = "2006-01-02 15:04 -0700"
		from, err := time.Parse(layout, tt.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Next(from.In(zone)).Format(layout); got != tt.want {
			t.Errorf("%s in %s after %s: %s, want %s", tt.at, tt.zone, tt.from, got, tt.want)
		}
	}
}

// TestADayThatBeginsWithAStarRestrictsNothingAlone: cron(5), as every other day and a
// weekday must both fit.
func TestADayThatBeginsWithAStarRestrictsNothingAlone(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"0 0 */2 * 1": "2026-11-09", // Mondays with an odd date
		"0 0 1 * */2": "2026-12-01", // the first that is a Sunday, Tuesday, Thursday or Saturday
		"0 0 1 * 1":   "2026-11-02", // either fits
	} {
		s, err := ParseSchedule(at)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Next(time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)).Format(time.DateOnly); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}

func TestCronJobsAreReadAndAreNoEndpoints(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.file(".regapi/cron/nightly", "# Tidies up.\n"+meta(`{"cron-at":"0 3 * * *","cron-timeout":"1m","cron-catch-up":true}`, "echo done"))
	for name, text := range map[string]string{"noat": "echo x", "badat": meta(`{"cron-at":"x"}`, "echo"), "badkey": meta(`{"cron-at":"@daily","cron-when":1}`, "echo"), "badscript": meta(`{"cron-at":"@daily"}`, "nosuch")} {
		w.file(".regapi/cron/"+name, text)
	}
	d := w.domain("demo")
	jobs, faults := CronJobs(d, testRegistry())
	if len(jobs) != 1 || jobs[0].Name != "nightly" || jobs[0].Doc != "Tidies up." || !jobs[0].CatchUp || jobs[0].Timeout != time.Minute {
		t.Errorf("%+v", jobs)
	}
	all := fmt.Sprint(faults)
	for _, want := range []string{"cron/noat:1:1: the metadata must say when", "cron/badat:1:12: cron-at: must be five", "cron/badkey:1:33: cron-when: is no key", "cron/badscript:3:1: e.cmd.noexists"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in %s", want, all)
		}
	}
	if code, _ := w.get("/cron/demo/nightly"); code != 404 {
		t.Errorf("a job is an endpoint: %d", code)
	}
}
