package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caryahq/carya/domain"
)

// readyTime is how long a domain has to answer whoever asks for its health.
const readyTime = 2 * time.Second

// ready says which open domains do not answer, and why; nil when all do. None is
// opened for it.
func (a *app) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	var all sync.WaitGroup
	var mu sync.Mutex
	var ill []string
	a.domains.Range(func(name, d any) bool {
		all.Go(func() {
			if err := a.health(ctx, d.(*domain.Domain)); err != nil {
				mu.Lock()
				defer mu.Unlock()
				ill = append(ill, fmt.Sprintf("%s: %v", name, err))
			}
		})
		return true
	})
	all.Wait()
	if len(ill) == 0 {
		return nil
	}
	slices.Sort(ill)
	return errors.New(strings.Join(ill, "\n"))
}

// asking are the questions for the health of domains that have no answer yet. Of
// a domain that does not answer only one is asked at a time.
type asking struct {
	mu   sync.Mutex
	list map[*domain.Domain]*question
}

type question struct {
	done chan struct{}
	err  error
}

// health says what is wrong with an open domain: a set that does not answer, or an
// engine that cannot write; also that there is no answer before ctx ends.
func (a *app) health(ctx context.Context, d *domain.Domain) error {
	q := a.ask(d)
	select {
	case <-q.done:
	case <-ctx.Done():
		return errUnanswered
	}
	if d.Value(closingKey{}) != nil {
		return nil
	}
	return q.err
}

var errUnanswered = domain.Errorf("没有及时应答", "no answer in time")

func (a *app) ask(d *domain.Domain) *question {
	a.asking.mu.Lock()
	defer a.asking.mu.Unlock()
	if q := a.asking.list[d]; q != nil {
		return q
	}
	if a.asking.list == nil {
		a.asking.list = map[*domain.Domain]*question{}
	}
	q := &question{done: make(chan struct{})}
	a.asking.list[d] = q
	go func() {
		if q.err = db(d).Answers(context.Background()); q.err == nil {
			q.err = a.store.Health(d.Name())
		}
		a.asking.mu.Lock()
		delete(a.asking.list, d)
		a.asking.mu.Unlock()
		close(q.done)
	}()
	return q
}
