// Package outbound makes every connection that leaves the server for a domain:
// those of its scripts, of the senders of its messages, of WeChat, of whoever gets
// copies of its records. Each goes to the public internet, or to a network that the
// operator granted the domain.
//
// The address is judged when it is dialled, after names are resolved: what was
// checked is what is connected to, whatever a name server says the next time
// (DNS rebinding), and at each redirect anew. The ports of this very server need a
// grant that names the port. No proxy is used.
package outbound
