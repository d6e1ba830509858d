package main

import (
	"fmt"
	"testing"

	"github.com/caryahq/carya/cmd/carya/ctl"
)

func TestSessionsAreBoundedAndApart(t *testing.T) {
	t.Parallel()
	s := &sessions{}
	a := s.vars(ctl.Job{Session: "a", Vars: map[string]string{"x": "1"}})
	if again := s.vars(ctl.Job{Session: "a"}); again != a {
		t.Error("the second line of a prompt has other variables")
	}
	if b := s.vars(ctl.Job{Session: "b"}); b == a {
		t.Error("two prompts share their variables")
	}
	if v, ok := a.Lookup("x"); !ok || v.Text != "1" {
		t.Errorf("what the job brought: %v %v", v, ok)
	}
	for n := range 2 * maxSessions {
		s.vars(ctl.Job{Session: fmt.Sprint(n)})
	}
	if len(s.open) > maxSessions {
		t.Errorf("%d are kept", len(s.open))
	}
}
