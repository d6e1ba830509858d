// Package regapi serves script endpoints over HTTP: a file under
// ~/.regapi/<first>/… answers /<first>/<domain>/…, and is live as soon as it
// is saved.
//
// The way of a request, and the files that tell it:
//
//	dispatch.go   which domain, which file: table.go is the route table
//	guard.go      may it come in: limit.go, cors.go, identity.go
//	call.go       the request as placeholders (vars.go), body (body.go) and parameters (form.go)
//	answer.go     the script's output as an HTTP answer; errors in envelope.go and status.go
//
// And the way of a file:
//
//	format.go     its parts: comment, @FILE line, metadata, pipeline
//	meta.go       metadata compiled to fields; keys.go is the table of all keys
//	load.go       files to endpoints, only what changed; mount.go swaps the table
//
// static.go serves ~/www; packs holds the shipped scripts.
package regapi
