package ctl

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// maxSocketPath is what sun_path holds on Linux, in bytes with its NUL.
const maxSocketPath = 108

// listen makes the socket at path with mode 0600. A socket that a killed
// server left is replaced: the root's lock has shown that nobody listens.
func listen(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	l, err := withShortPath(path, func(p string) (net.Listener, error) { return net.Listen("unix", p) })
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// dial connects to the socket at path.
func dial(path string) (net.Conn, error) {
	return withShortPath(path, func(p string) (net.Conn, error) { return net.Dial("unix", p) })
}

// withShortPath calls f with a path that fits sun_path: a long one is reached
// through a descriptor of its folder.
func withShortPath[T any](path string, f func(string) (T, error)) (T, error) {
	if len(path) < maxSocketPath {
		return f(path)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		var zero T
		return zero, err
	}
	defer dir.Close()
	return f(fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)))
}
