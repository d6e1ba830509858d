package domain

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// One process at a time holds a root: flock on .carya/lock, which the system
// drops when the holder dies. The file holds the holder's pid for people.

const lockPath = serverDir + "/lock"

func takeLock(files *os.Root) (*os.File, error) {
	f, err := files.OpenFile(lockPath, os.O_RDWR|os.O_CREATE, 0o600)
	looks := errors.Is(err, syscall.EROFS)
	if looks {
		f, err = files.Open(lockPath)
	}
	if err != nil {
		return nil, Wrap(err, "e.internal", Text{ZH: "打开锁文件", EN: "open the lock"})
	}
	err = flock(f)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = E("e.domain.locked", Textf("进程号 %v", "by process %v", holder(files)))
	}
	if err == nil && !looks {
		err = writePid(f)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// flock takes the lock without waiting.
func flock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// giveLock lets the lock go, also where a program that is being started has the file open
// until it runs.
func giveLock(f *os.File) error {
	return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close())
}

func writePid(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

func holder(files *os.Root) string {
	b, err := ReadFile(files, lockPath, MaxText)
	if pid := strings.TrimSpace(string(b)); err == nil && pid != "" {
		return pid
	}
	return "(unknown)"
}
