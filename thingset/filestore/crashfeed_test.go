package filestore

import (
	"fmt"
	"slices"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/thingset"
)

// tells is what the feed is to tell of a batch.
func (l *life) tells(batch []thingset.Write) (list []string) {
	for _, w := range batch {
		was := l.model[w.Set+"/"+w.ID]
		if w.Body != nil || was != "" {
			list = append(list, tell(len(l.told)+1, w.Set, w.ID, w.Body, was == ""))
		}
	}
	return list
}

func tell(rev int, set, id string, body []byte, fresh bool) string {
	return fmt.Sprintf("%d %s/%s %s %v", rev, set, id, body, fresh)
}

// checkFeed holds the feed after some revisions against what was acknowledged:
// everything, once and in order, or a clear refusal.
func (l *life) checkFeed() {
	l.Helper()
	reach := len(l.told) // the feed was there after it
	for _, after := range []int{len(l.told), l.rnd.IntN(len(l.told) + 1), l.rnd.IntN(len(l.told) + 1), 0} {
		var got []string
		var err error
		for c, e := range l.s.Changes(l.Context(), "demo", thingset.Rev(after)) {
			if err = e; err == nil {
				got = append(got, tell(int(c.Rev), c.Set, c.ID, c.Body, c.New))
			}
		}
		switch {
		case err == nil && slices.Equal(got, slices.Concat(l.told[after:]...)):
			reach = min(reach, after)
		case err == nil:
			l.Fatalf("after %d the feed tells\n%q\nit was\n%q", after, got, l.told[after:])
		case domain.CodeOf(err) != "e.store.feed" || len(got) > 0:
			l.Fatalf("after %d the feed tells %q, %v", after, got, err)
		case !l.short || after == len(l.told) || after > reach:
			l.Fatalf("after %d of %d: %v", after, len(l.told), err)
		}
	}
}
