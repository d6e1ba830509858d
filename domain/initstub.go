package domain

type InitScript struct{}
type InitOptions struct {
	Vars    map[string]string
	Include func(path string) ([]byte, error)
}
type InitReport struct{ Made, Changed, Kept []Path }

func ParseInit(src []byte, file string) (*InitScript, error)             { panic("stub") }
func (s *InitScript) Apply(d *Domain, o InitOptions) (InitReport, error) { panic("stub") }
