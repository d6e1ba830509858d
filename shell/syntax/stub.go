package syntax

func Parse(src string, at Pos) (*Program, error)        { panic("stub") }
func ParseTemplate(src string, at Pos) ([]Piece, error) { panic("stub") }
func (p *Program) String() string                       { panic("stub") }
func (w *Word) String() string                          { panic("stub") }
func Equal(a, b *Program) bool                          { panic("stub") }
func Walk(p *Program, f func(node any) bool)            { panic("stub") }
