package jobpool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// lasts is a job that takes so long, or until it is ended.
func lasts(d time.Duration) func(context.Context) {
	return func(ctx context.Context) {
		select {
		case <-ctx.Done():
		case <-time.After(d):
		}
	}
}

func TestALongJobOfOneDomainKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New(Limits{Running: 8, Domain: 3}, time.Now)
		for n := range 20 {
			if why := p.Offer(Job{Domain: "a", Name: fmt.Sprint(n), Share: time.Hour, Run: lasts(10 * time.Hour)}); why != "" {
				t.Fatal(why)
			}
		}
		begun, ran := time.Now(), make(chan time.Time, 1)
		if why := p.Offer(Job{Domain: "b", Name: "x", Share: time.Hour, Run: func(context.Context) { ran <- time.Now() }}); why != "" {
			t.Error(why)
		}
		if at := <-ran; at != begun {
			t.Errorf("it waited %v", at.Sub(begun))
		}
		synctest.Wait()
		if l := p.Loads()["a"]; l.Running != 3 || l.Waiting != 17 {
			t.Errorf("%+v", l)
		}
		p.Stop()
	})
}

func TestTheLastQuarterIsForDomainsThatRunNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New(Limits{Running: 8, Domain: 4}, time.Now)
		for n := range 4 {
			for _, d := range []string{"a", "b", "c"} {
				p.Offer(Job{Domain: d, Name: fmt.Sprint(n), Share: 9 * time.Hour, Run: lasts(time.Hour)})
			}
		}
		synctest.Wait()
		for _, d := range []string{"d", "e"} {
			p.Offer(Job{Domain: d, Name: "x", Share: time.Hour, Run: lasts(time.Hour)})
		}
		synctest.Wait()
		loads := p.Loads()
		if loads["d"].Running != 1 || loads["e"].Running != 1 {
			t.Errorf("%+v", loads)
		}
		p.Stop()
	})
}

func TestOneJobNeverRunsTwiceAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New(Limits{Running: 1, Domain: 1}, time.Now)
		job := func(d, name string) Job {
			return Job{Domain: d, Name: name, Share: time.Hour, Run: lasts(time.Minute)}
		}
		for _, tt := range []struct {
			domain, name string
			want         Why
		}{{"a", "x", ""}, {"a", "x", Running}, {"a", "y", ""}, {"a", "y", Waiting}, {"b", "x", ""}} {
			if why := p.Offer(job(tt.domain, tt.name)); why != tt.want {
				t.Errorf("%s of %s: %q, want %q", tt.name, tt.domain, why, tt.want)
			}
		}
		if _, ok := p.Hold("a", "x"); ok {
			t.Error("it is run by hand while it runs")
		}
		time.Sleep(2*time.Minute + time.Second)
		synctest.Wait()
		release, ok := p.Hold("a", "x")
		if !ok {
			t.Fatal("it has ended")
		}
		if why := p.Offer(job("a", "x")); why != Running {
			t.Errorf("%q while somebody runs it by hand", why)
		}
		release()
		if why := p.Offer(job("a", "x")); why != "" {
			t.Error(why)
		}
		p.Stop()
	})
}

func TestDomainsThatWaitAreServedInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New(Limits{Running: 1, Domain: 1}, time.Now)
		order := make(chan string, 10)
		for _, d := range []string{"a", "a", "a", "b", "c", "c"} {
			p.Offer(Job{Domain: d, Name: fmt.Sprint(len(p.Loads()), p.Loads()[d]), Share: time.Hour, Run: func(ctx context.Context) {
				order <- d
				lasts(time.Minute)(ctx)
			}})
		}
		var got []string
		for range 6 {
			got = append(got, <-order)
		}
		if want := []string{"a", "a", "b", "c", "a", "c"}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		p.Stop()
	})
}

func TestADomainRunsNoLongerInAnHourThanItsShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New(Limits{Running: 8, Domain: 4}, time.Now)
		share := 10 * time.Minute
		job := func(name string, took time.Duration) Job {
			return Job{Domain: "a", Name: name, Share: share, Run: lasts(took)}
		}
		p.Offer(job("x", 6*time.Minute))
		p.Offer(job("y", 6*time.Minute))
		time.Sleep(6*time.Minute + time.Second)
		synctest.Wait()
		if why := p.Offer(job("z", time.Minute)); why != Share {
			t.Errorf("after 12 minutes of 10: %q", why)
		}
		if why := p.Offer(Job{Domain: "b", Name: "z", Share: share, Run: lasts(time.Minute)}); why != "" {
			t.Errorf("another domain: %q", why)
		}
		time.Sleep(time.Hour + 2*time.Minute)
		synctest.Wait()
		p.Enforce(func(string) time.Duration { return share })
		if l := p.Loads(); len(l) > 0 {
			t.Errorf("remembered: %+v", l)
		}
		if why := p.Offer(job("z", time.Minute)); why != "" {
			t.Errorf("an hour later: %q", why)
		}
		p.Stop()
	})
}

// One that works all the time takes an hour of an hour; two of them are too much.
func TestJobsAreEndedWhenTheShareIsUsedUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New(Limits{Running: 8, Domain: 4}, time.Now)
		ended := make(chan string, 2)
		for _, name := range []string{"old", "young"} {
			p.Offer(Job{Domain: "a", Name: name, Share: time.Hour, Run: func(ctx context.Context) {
				<-ctx.Done()
				if errors.Is(context.Cause(ctx), ErrShare) {
					ended <- name
				}
			}})
			time.Sleep(10 * time.Minute)
		}
		enforce := func() {
			p.Enforce(func(string) time.Duration { return time.Hour })
			synctest.Wait()
		}
		time.Sleep(15 * time.Minute)
		if enforce(); len(ended) > 0 {
			t.Error("it is no hour yet")
		}
		time.Sleep(time.Minute)
		enforce()
		if name := <-ended; name != "young" {
			t.Errorf("%s was ended", name)
		}
		time.Sleep(time.Hour) // the young one does not count any more
		for range 10 {
			time.Sleep(time.Hour)
			enforce()
		}
		if len(ended) > 0 {
			t.Error("one that works all the time was ended")
		}
		p.Stop()
	})
}

func TestStopEndsWhatRunsAndTellsWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New(Limits{Running: 1, Domain: 1}, time.Now)
		var missed Why
		p.Offer(Job{Domain: "a", Name: "x", Share: time.Hour, Run: lasts(time.Hour)})
		p.Offer(Job{Domain: "b", Name: "y", Share: time.Hour, Run: func(context.Context) { t.Error("it ran") }, Missed: func(w Why) { missed = w }})
		begun := time.Now()
		p.Stop()
		if missed != Stopped || time.Since(begun) > 0 {
			t.Errorf("%q after %v", missed, time.Since(begun))
		}
		if why := p.Offer(Job{Domain: "a", Name: "x", Share: time.Hour}); why != Stopped {
			t.Errorf("after the stop: %q", why)
		}
	})
}
