package send

import (
	"path/filepath"
	"testing"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/oddfile"
	"github.com/caryahq/carya/domain/secret"
)

// A pipe, a device or a file without end in the place of a secret or of whom to
// trust is told, and hangs nobody who sends.
func TestOddFilesAsSecretsAndAuthorities(t *testing.T) {
	t.Parallel()
	for _, k := range oddfile.Kinds() {
		w := newDesk(t, `{}`, quick)
		file := filepath.Join(w.d.Dir(), ".domain/secrets/key")
		k.Put(t, file)
		for _, name := range []string{"secrets/key", file} {
			oddfile.Soon(t, k.Name, func() {
				if text, err := secret.Read(w.d, "file:"+name); domain.CodeOf(err) != "e.domain.secret" || text != "" {
					t.Errorf("%s as a secret: %q, %v", k.Name, text, err)
				}
				if _, err := authorities(w.d, name); domain.CodeOf(err) != "e.send.config" {
					t.Errorf("%s as authorities: %v", k.Name, err)
				}
			})
		}
	}
}
