// Package shell runs the language: it compiles a tree against the commands
// once, and binds a request's data into it per run. See Command, Registry,
// Script and Env.
package shell
