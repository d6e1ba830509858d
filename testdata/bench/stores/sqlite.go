package main

import (
	"database/sql"
	"fmt"
	"sync"

	_ "modernc.org/sqlite" // the driver
)

// sqliteEngine is SQLite with a write-ahead log, durable at each commit.
type sqliteEngine struct {
	db                      *sql.DB
	mu                      sync.Mutex // SQLite has one writer
	put, byID, phone, byAge *sql.Stmt
}

func openSQLite(file string) (engine, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-65536)&_pragma=busy_timeout(60000)")
	if err != nil {
		return nil, err
	}
	_, err = db.Exec(`create table if not exists accounts(id text primary key, nm text unique, phone text unique, email text unique, age integer, body blob) without rowid;
		create index if not exists by_age on accounts(age)`)
	e := &sqliteEngine{db: db}
	prepare := func(to **sql.Stmt, query string) {
		if err == nil {
			*to, err = db.Prepare(query)
		}
	}
	prepare(&e.put, "insert or replace into accounts values(?,?,?,?,?,?)")
	prepare(&e.byID, "select body from accounts where id=?")
	prepare(&e.phone, "select body from accounts where phone=?")
	prepare(&e.byAge, "select body from accounts where age>=? order by age limit 50")
	return e, err
}

func row(i int) []any {
	return []any{id(i), fmt.Sprintf("user%d", i), phone(i), fmt.Sprintf("user%d@example.com", i), i % 100, account(i)}
}

func (e *sqliteEngine) Load(from, to int) error {
	for ; from < to; from += 1000 {
		tx, err := e.db.Begin()
		if err != nil {
			return err
		}
		put := tx.Stmt(e.put)
		for i := from; i < min(from+1000, to); i++ {
			if _, err := put.Exec(row(i)...); err != nil {
				return err
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func (e *sqliteEngine) Put(i int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, err := e.put.Exec(row(i)...)
	return err
}

func (e *sqliteEngine) ByID(i int) error {
	var body []byte
	return e.byID.QueryRow(id(i)).Scan(&body)
}

func (e *sqliteEngine) ByPhone(i int) error {
	var body []byte
	return e.phone.QueryRow(phone(i)).Scan(&body)
}

func (e *sqliteEngine) Page(age int) error {
	rows, err := e.byAge.Query(age % 100)
	if err != nil {
		return err
	}
	defer rows.Close()
	var body []byte
	for rows.Next() {
		if err := rows.Scan(&body); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (e *sqliteEngine) Close() error { return e.db.Close() }
