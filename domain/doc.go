// Package domain holds the words of the project. It imports nothing else of it.
//
// Carya is one binary that hosts many domains. A domain is a directory tree,
// written ~/; everything in it is an object. The rooms, from the ground up:
//
//	domain         Domain, Object, Path, ID, Error and its codes, Request; the ~/ tree, init scripts
//	domain/relaxed relaxed JSON: parsed once, with holes that data fills
//	domain/grant   the operator's word: hosts, owners, networks, variables and shares of each domain
//	domain/wish    what domains ask for and were not granted
//	domain/secret  env: and file: of settings, read in one place
//	domain/outbound every connection that leaves the server for a domain
//	shell/syntax   the language: text to tree and back
//	thingset       things: schema, match language, queries, indexes, the store
//	shell          the engine; shell/cmds holds one file per command
//	www            sites and their people: accounts, sessions, captchas, roles
//	regapi         script endpoints over HTTP; packs/ holds the shipped scripts
//	cmd/carya      the verbs, and wire.go, the one place that sees everything
//
// Data never becomes syntax: a script is parsed once, when it is loaded, and
// what a request carries only ever fills holes in that tree.
package domain
