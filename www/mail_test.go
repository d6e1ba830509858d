package www

import (
	"strings"
	"testing"
)

// A receiver from a request is held to the limits of receivers; the script's own is
// not, nor is the owner.
func TestMailToWhomARequestNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	api := w.api("192.0.2.1")
	for range 12 {
		api.must("www mail ~/www me@example.com text")
		w.owner().must("vars to you@example.com; www mail ~/www ${to} text")
	}
	api.must("vars to her@example.com; www mail ~/www ${to} text")
	api.fails(tooSoon, "vars to her@example.com; www mail ~/www ${to} text")
	api.fails(tooSoon, "vars to her; www mail ~/www ${to}@example.com text")
	api.fails(tooSoon, "vars to HER@example.com; www mail ~/www ${to} text")
	w.clock.add(receiverLimits[0].window + 1)
	api.must("vars to her@example.com; www mail ~/www ${to} text")
}

// Nothing of a request becomes a header or another receiver.
func TestMailHoldsDataWhereItBelongs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const evil = "vars x $(echo -e -n 'a\\r\\nBcc: evil@example.com\\r\\n\\r\\nbody'); "
	api := w.api("192.0.2.1")
	api.must(evil + "www mail ~/www me@example.com ${x} -subject ${x} -reply b@example.com")
	api.fails("e.auth.login.NoPhoneOrEmail", evil+"www mail ~/www ${x}@example.com text")
	api.fails("e.auth.login.NoPhoneOrEmail", evil+"www mail ~/www me@example.com text -reply ${x}@example.com")
	api.fails("e.send.refused", "vars x $(random -len 4096 -n 17); www mail ~/www me@example.com ${x}")
	mails := w.outbox()
	if len(mails) != 1 {
		t.Fatalf("%d mails went", len(mails))
	}
	head, _, _ := strings.Cut(strings.ReplaceAll(mails[0], "\r", ""), "\n\n")
	if strings.Contains("\n"+head, "\nBcc") || !strings.Contains(head, "Reply-To: <b@example.com>") || !strings.Contains(head, "Subject: a  Bcc: evil@example.com    body") {
		t.Errorf("the head is\n%s", head)
	}
}
