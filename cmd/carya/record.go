package main

import (
	"context"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/regapi"
	"github.com/caryahq/carya/thingset"
	"github.com/caryahq/carya/thingset/history"
)

// recorder keeps the records that endpoints' metadata asks for.
type recorder struct{}

var _ regapi.Recorder = recorder{}

// Record implements regapi.Recorder.
func (recorder) Record(_ context.Context, d *domain.Domain, name string, record []byte) error {
	_, err := history.Of(d).Add(name, record, 0)
	return err
}

// CompileTest implements regapi.Recorder.
func (recorder) CompileTest(match *relaxed.Node) (func([]byte) bool, error) {
	m, err := thingset.CompileMatch(match)
	if err != nil {
		return nil, err
	}
	return func(record []byte) bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		fits, err := m.Match(ctx, record)
		return fits || err != nil // rather kept than lost
	}, nil
}
