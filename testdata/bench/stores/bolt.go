package main

import (
	"encoding/binary"
	"fmt"
	"os"

	"go.etcd.io/bbolt"
)

// boltEngine is bbolt, with a bucket for each key; writers share commits
// (DB.Batch).
type boltEngine struct{ db *bbolt.DB }

var buckets = []string{"id", "nm", "phone", "email", "age"}

func openBolt(file string) (engine, error) {
	db, err := bbolt.Open(file, 0o600, nil)
	if err != nil {
		return nil, err
	}
	return &boltEngine{db}, db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
}

func putBolt(tx *bbolt.Tx, i int) error {
	age := append(binary.BigEndian.AppendUint32(nil, uint32(i%100)), id(i)...)
	for name, kv := range map[string][2][]byte{
		"id": {[]byte(id(i)), account(i)}, "nm": {fmt.Appendf(nil, "user%d", i), []byte(id(i))},
		"phone": {[]byte(phone(i)), []byte(id(i))}, "email": {fmt.Appendf(nil, "user%d@example.com", i), []byte(id(i))},
		"age": {age, nil},
	} {
		if err := tx.Bucket([]byte(name)).Put(kv[0], kv[1]); err != nil {
			return err
		}
	}
	return nil
}

func (e *boltEngine) Load(from, to int) error {
	for ; from < to; from += 1000 {
		err := e.db.Update(func(tx *bbolt.Tx) error {
			for i := from; i < min(from+1000, to); i++ {
				if err := putBolt(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *boltEngine) Put(i int) error {
	return e.db.Batch(func(tx *bbolt.Tx) error { return putBolt(tx, i) })
}

func (e *boltEngine) ByID(i int) error {
	return e.db.View(func(tx *bbolt.Tx) error { return found(tx, []byte(id(i))) })
}

func (e *boltEngine) ByPhone(i int) error {
	return e.db.View(func(tx *bbolt.Tx) error { return found(tx, tx.Bucket([]byte("phone")).Get([]byte(phone(i)))) })
}

// found copies a body out, as whoever uses it after the transaction must.
func found(tx *bbolt.Tx, id []byte) error {
	body := tx.Bucket([]byte("id")).Get(id)
	if body == nil {
		return os.ErrNotExist
	}
	_ = append([]byte(nil), body...)
	return nil
}

func (e *boltEngine) Page(age int) error {
	return e.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte("age")).Cursor()
		k, _ := c.Seek(binary.BigEndian.AppendUint32(nil, uint32(age%100)))
		for n := 0; k != nil && n < 50; n++ {
			if err := found(tx, k[4:]); err != nil {
				return err
			}
			k, _ = c.Next()
		}
		return nil
	})
}

func (e *boltEngine) Close() error { return e.db.Close() }
