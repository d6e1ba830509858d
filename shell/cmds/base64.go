package cmds

import (
	"encoding/base64"
	"errors"
	"io"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

func base64Command() *shell.Command {
	return &shell.Command{
		Name:   "base64",
		Manual: manual("base64"),
		Reads:  true,
		Params: []shell.Param{sourcesParam()},
		Options: []shell.Option{
			flag("d", "decode", "解码"),
			flag("url", "the alphabet for URLs, without padding", "URL 安全的字符集，不补等号"),
			flag("n", "no newline at the end", "末尾不换行"),
		},
		Run: func(c *shell.Call) error {
			return eachSource(c, 0, func(s source) error {
				if c.Has("d") {
					return decode64(c, s)
				}
				return encode64(c, s)
			})
		},
	}
}

func encode64(c *shell.Call, r io.Reader) error {
	enc := base64.StdEncoding
	if c.Has("url") {
		enc = base64.RawURLEncoding
	}
	w := base64.NewEncoder(enc, c.Out)
	if err := copyTo(w, r); err != nil {
		return err
	}
	if err := w.Close(); err != nil || c.Has("n") {
		return err
	}
	_, err := io.WriteString(c.Out, "\n")
	return err
}

func decode64(c *shell.Call, r io.Reader) error {
	enc := base64.RawStdEncoding
	if c.Has("url") {
		enc = base64.RawURLEncoding
	}
	err := copyTo(c.Out, base64.NewDecoder(enc, &significant{r}))
	if _, ok := errors.AsType[base64.CorruptInputError](err); ok || errors.Is(err, io.ErrUnexpectedEOF) {
		return domain.E("e.cmd.arg", domain.Text{ZH: "不是 base64", EN: "not base64"})
	}
	return err
}

// significant leaves out the blanks and the padding of base64.
type significant struct{ r io.Reader }

// Read implements io.Reader.
func (s *significant) Read(p []byte) (int, error) {
	for {
		n, err := s.r.Read(p)
		kept := 0
		for _, b := range p[:n] {
			switch b {
			case ' ', '\t', '\r', '\n', '=':
			default:
				p[kept] = b
				kept++
			}
		}
		if kept > 0 || err != nil || len(p) == 0 {
			return kept, err
		}
	}
}
