package domain

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
)

// The server's secret key: 32 random bytes in .carya/secret.key (0600), made
// once. Nothing uses it directly; every purpose has a key for each domain, derived from
// it.

const (
	keyPath = serverDir + "/secret.key"
	keySize = 32
)

// Secret derives the domain's 32-byte key of a purpose (HKDF-SHA256, RFC 5869). The
// same purpose always has the same key; purposes and domains tell nothing of each
// other.
func (d *Domain) Secret(purpose string) []byte { return d.root.secret(purpose, d.name) }

// secret is Domain.Secret by name. A name holds no NUL: no two pairs are one text.
func (r *Root) secret(purpose, name string) []byte {
	k, err := hkdf.Key(sha256.New, r.key, nil, "carya "+purpose+"\x00"+name, keySize)
	if err != nil {
		panic(err) // only for absurd lengths
	}
	return k
}

func loadKey(files *os.Root) ([]byte, error) {
	key, err := ReadFile(files, keyPath, MaxText)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeKey(files); err == nil {
			key, err = ReadFile(files, keyPath, MaxText)
		}
	}
	if err == nil {
		err = unlessReadOnly(files.Chmod(keyPath, 0o600))
	}
	if err != nil {
		return nil, Wrap(err, "e.domain.key")
	}
	if len(key) != keySize {
		return nil, E("e.domain.key", Textf("%v 的内容不是 32 字节", "%v does not hold 32 bytes", keyPath))
	}
	return key, nil
}

// makeKey puts a whole key file in place, or leaves the one that another
// process put there meanwhile.
func makeKey(files *os.Root) error {
	tmp := keyPath + "." + NewID()
	defer files.Remove(tmp)
	key := make([]byte, keySize)
	rand.Read(key) // never fails
	f, err := files.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(key)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := files.Link(tmp, keyPath); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(files, serverDir)
}
