// Package www keeps sites and their people: accounts, sessions, captchas,
// passwords and roles. Its commands are the verbs of the family `www`, one file a
// verb, its manual beside it.
//
//	site.go       a site: which accounts, which roles, how long a session lasts
//	person.go     accounts: finding one, what of it may be shown, changing it
//	ticket.go     tickets and their sessions; sessions.go keeps them
//	password.go   hashes; pool.go bounds the work; policy.go says what is acceptable
//	guess.go      limits on guessing
//	code.go       captchas: made once, shown once, used once
//	right.go      roles and what they may do
//
// What is secret stays inside: a ticket is known by its hash, a password by
// argon2id, a code by a keyed hash.
package www
