package main

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// queueTime is how long those who have connected already wait to be accepted,
// at most.
const queueTime = 5 * time.Second

// listenTCP listens so that deafen works: a listener for multipath TCP takes no
// filter.
func listenTCP(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	lc.SetMultipathTCP(false)
	return lc.Listen(ctx, "tcp", addr)
}

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
	for end := time.Now().Add(queueTime); queued(raw) > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	return errors.Join(err, set)
}

// queued is how many connections to a listener wait to be accepted: tcp(7) has
// it in tcp_info, where a connection has its unacknowledged segments.
func queued(l syscall.RawConn) (n uint32) {
	_ = l.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			n = info.Unacked
		}
	})
	return n
}
