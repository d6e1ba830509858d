package domain

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// ioError gives what the system said about p a code of the catalogue. The
// system's own text stays in the cause: it may hold a path of the machine.
func ioError(err error, p Path) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return Wrap(err, ioCode(err), p)
}

func ioCode(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP):
		return "e.io.obj.noexists"
	case errors.Is(err, syscall.ENOTEMPTY): // before ErrExist, which it is too
		return "e.io.obj.notempty"
	case errors.Is(err, fs.ErrExist):
		return "e.io.obj.exists"
	case errors.Is(err, syscall.EISDIR):
		return "e.io.obj.isdir"
	case errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, fs.ErrInvalid):
		return "e.io.path"
	case Escapes(err):
		return "e.io.path.outside"
	case errors.Is(err, fs.ErrPermission):
		return "e.io.forbidden"
	case errors.Is(err, os.ErrClosed):
		return "e.domain.closed"
	}
	return "e.internal"
}

// Escapes reports whether an os.Root has refused a name because a link, or the name
// itself, leads out of it. It knows that by its text: package os does not export it.
// TestSymlinkOutside fails when a new Go version words it otherwise.
func Escapes(err error) bool {
	pe, ok := errors.AsType[*fs.PathError](err)
	if ok {
		return pe.Err.Error() == escapesText
	}
	le, ok := errors.AsType[*os.LinkError](err)
	return ok && le.Err.Error() == escapesText
}

const escapesText = "path escapes from parent"

// missing reports whether err says that nothing is there.
func missing(err error) bool {
	return err != nil && CodeOf(ioError(err, "")) == "e.io.obj.noexists"
}
