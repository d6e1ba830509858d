package www

import (
	"context"
	"errors"
)

// HashWork is one password to be hashed, or to be compared with a stored hash. It
// may be done in another process.
type HashWork struct {
	Cost   Hash
	Passwd string
	Stored string
	Verify bool
}

// HashDone is what came of it.
type HashDone struct {
	Hash   string // the PHC string, of what was hashed
	Right  bool   // of what was compared
	Broken string // why the stored hash cannot be read
}

// Do does the work. A hash that is empty, broken, or cheaper than today's costs at
// least as much as one of today's when the password is wrong.
func (w HashWork) Do() (out HashDone) {
	if !w.Verify {
		out.Hash = w.Cost.phc(w.Passwd, newSalt())
		return out
	}
	var err error
	switch {
	case !IsHash(w.Stored):
	case w.Cost.tooCostly(w.Stored):
		err = errors.New("it asks for more work than a sign-in may be")
	default:
		out.Right, err = verifyHash(w.Stored, w.Passwd)
	}
	if err != nil {
		out.Right, out.Broken = false, err.Error()
	}
	if !out.Right && (err != nil || !w.Cost.made(w.Stored)) {
		w.Cost.phc(w.Passwd, make([]byte, saltLen))
	}
	return out
}

// work waits for a turn of a domain and has the work done.
func (s *Service) work(ctx context.Context, dom string, w HashWork) (HashDone, error) {
	leave, err := s.pool.enter(ctx, dom)
	if err != nil {
		return HashDone{}, err
	}
	defer leave()
	if s.o.Work != nil {
		return s.o.Work(w), nil
	}
	return w.Do(), nil
}

// SetWork sets Options.Work, for a Service that nobody uses yet.
func (s *Service) SetWork(f func(HashWork) HashDone) { s.o.Work, s.pool = f, newPool(true) }
