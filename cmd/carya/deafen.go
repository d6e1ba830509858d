package main

import (
	"errors"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// queueTime is how long those who have connected already wait to be accepted,
// at most.
const queueTime = 50 * time.Millisecond

// deafen has the kernel drop further attempts to connect to a listener, and
// waits until those that came before are accepted. Closing it then resets
// nobody: a dropped attempt is repeated by its kernel, and refused.
func deafen(l net.Listener) error {
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return err
	}
	drop := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: 0}} // keep 0 bytes of every packet
	var set error
	err = raw.Control(func(fd uintptr) {
		set = unix.SetsockoptSockFprog(int(fd), syscall.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &drop[0]})
	})
	time.Sleep(queueTime)
	return errors.Join(err, set)
}
