// Package apidoc tells people and programs what a domain's endpoints are: as an
// OpenAPI 3.1 document, as a page, and as a TypeScript client. It works on
// Operations, which the engine makes of comment blocks, metadata and the
// placeholders of the scripts.
package apidoc

import "github.com/caryahq/carya/domain"

// API is all that a domain tells of its endpoints.
type API struct {
	Domain     string
	Operations []Operation // sorted by path and method
}

// Operation is one method at one path.
type Operation struct {
	ID      string // unique, a name of programming languages: auth_login_by_passwd
	Method  string // GET, POST, …
	Path    string // /api/demo/auth/site; a wildcard is {name}
	File    string // ~/.regapi/api/auth/site
	Tag     string // the first folder: auth
	Summary domain.Text
	Help    domain.Text // the whole comment
	Params  []Param     // of the path, the query, headers and cookies
	Body    []Param     // members of a form or a JSON object; nil when there is no such body
	RawBody bool        // the script reads the body itself
	Status  int         // of a success; of a redirect there is no body
	Types   []string    // of a success's body: application/json, image/*
	Shape   string      // of a JSON answer: Bare and those beside it
	Returns *Shape      // of its data; nil: anything
	Errors  []string    // codes that the comment names
	Ticket  Need        // a session
	Token   bool        // an access token
	Rights  [][]string  // all groups, any of a group
	Rate    string      // "10/1m0s", "" without
}

// Need says whether an operation takes something.
type Need uint8

// The needs.
const (
	Never Need = iota
	May
	Must
)

// Param is one value that a caller sends.
type Param struct {
	Name     string
	In       string // path, query, header, cookie; "" in a body
	Shape    *Shape
	Required bool
	Default  string
	Many     bool // of the path: it may hold slashes
	Help     domain.Text
}
