// Package send carries messages to people: text messages and mail, with a code in
// them or anything else that a template says.
//
//	message.go    what is sent, and who can send it
//	config.go     the senders of a domain (domain.json); secret.go their secrets
//	template.go   the words, for each scene and language
//	post.go       a domain's post office: sends, tries again, writes it down
//	cost.go       what a day may cost
//	outbox.go     the sender that needs nothing: files in ~/.domain/outbox; tidy.go removes old ones
//	smtp.go       mail by SMTP
//	aliyun.go, tencent.go, twilio.go, gateway.go
//	              text messages by these services; call.go asks them
//
// What a message says is kept nowhere but in the outbox's own files: neither the
// delivery record nor a log nor an error holds it.
package send
