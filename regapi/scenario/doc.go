// Package scenario reads and runs the tests that lie beside a domain's
// endpoints, ~/.regapi/test/*.txt:
//
//	# People sign in and are known.            (a comment)
//
//	--- a ticket is known                      (a scenario begins; it has variables of its own)
//	$ www account ~/www -new '{nm:"t1",passwd:"a good long one"}' -c
//	< nm = t1
//	> save uid = id
//
//	POST /api/auth/login_by_passwd             (a request; the domain's name may be left out)
//	Content-Type: application/json
//
//	{"name":"t1","passwd":"a good long one"}   (its body, up to the next mark)
//	< 200                                      (the status; 200 when it is not said)
//	< Content-Type: application/json*          (a header; * matches anything)
//	< data.uid = ${uid}                        (a part of a JSON answer, by its gjson path)
//	> save ticket = data.ticket
//
// Marks stand at the beginning of a line:
//
//	--- NAME                a scenario
//	METHOD PATH             a request; headers and, after an empty line, a body follow
//	$ PIPELINE              a line of the shell, run as the domain's owner
//	< STATUS                200, 4xx
//	< error e.code          the line before ($) fails so
//	< HEADER: PATTERN       < !HEADER says that it is absent
//	< PATH OP VALUE         = != ~ !~ (regular expression) < <= > >=; VALUE is JSON or bare text
//	< PATH exists           < PATH absent
//	> save NAME = SOURCE    a path, header NAME, or @body for the whole answer
//
// ${NAME} in a request, a body, a shell line and an expectation is a value that was saved. It is
// data: escaped in an address or a form, quoted in JSON, one piece of one word in a
// shell line.
package scenario
