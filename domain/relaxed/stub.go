package relaxed

func Parse(src string) (*Node, error)                                     { panic("stub") }
func ParsePieces(ps []Piece) (*Node, error)                               { panic("stub") }
func (n *Node) HasHoles() bool                                            { panic("stub") }
func (n *Node) Bind(fill func(hole int) Value) *Node                      { panic("stub") }
func (n *Node) String() string                                            { panic("stub") }
func (n *Node) AppendJSON(dst []byte) []byte                              { panic("stub") }
func (n *Node) AppendFilled(dst []byte, fill func(hole int) Value) []byte { panic("stub") }
func ToJSON(src string) ([]byte, error)                                   { panic("stub") }
func AppendCompact(dst, src []byte) []byte                                { panic("stub") }
func AppendIndent(dst, src []byte, indent string) []byte                  { panic("stub") }
func AppendString(dst []byte, s string) []byte                            { panic("stub") }
