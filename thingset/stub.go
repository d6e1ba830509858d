package thingset

import (
	"context"
	"iter"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

type DB struct{}

func NewDB(d *domain.Domain, s Store) *DB                                         { panic("stub") }
func (db *DB) Set(ctx context.Context, path domain.Path) (*Set, error)            { panic("stub") }
func (db *DB) Plain(ctx context.Context, path domain.Path, def Def) (*Set, error) { panic("stub") }
func (db *DB) Commit(ctx context.Context, batch ...Write) (Rev, error)            { panic("stub") }
func (db *DB) Store() Store                                                       { panic("stub") }
func (db *DB) Domain() *domain.Domain                                             { panic("stub") }

type Set struct{}

func (s *Set) Path() domain.Path                                  { panic("stub") }
func (s *Set) Schema() *Schema                                    { panic("stub") }
func (s *Set) Get(ctx context.Context, id string) (Record, error) { panic("stub") }
func (s *Set) Find(ctx context.Context, names []string, values ...string) (Record, error) {
	panic("stub")
}
func (s *Set) Create(ctx context.Context, doc []byte) (Record, error)              { panic("stub") }
func (s *Set) Update(ctx context.Context, id string, patch []byte) (Record, error) { panic("stub") }
func (s *Set) Put(ctx context.Context, id string, body []byte, cond Rev) (Record, error) {
	panic("stub")
}
func (s *Set) Modify(ctx context.Context, id string, f func(body []byte) ([]byte, error)) (Record, error) {
	panic("stub")
}
func (s *Set) Delete(ctx context.Context, id string, hard bool) error     { panic("stub") }
func (s *Set) Query(ctx context.Context, q Query) (Page, error)           { panic("stub") }
func (s *Set) Each(ctx context.Context, q Query) iter.Seq2[Record, error] { panic("stub") }

type Schema struct{}

func ParseSchema(src []byte) (*Schema, error) { panic("stub") }
func (s *Schema) Def() Def                    { panic("stub") }
func (s *Schema) Check(doc []byte) error      { panic("stub") }

type Query struct {
	Match       *Matcher
	Sort        []Order
	Skip, Limit int  // Limit 0: no limit
	Bin         bool // things in the bin too
}
type Order struct {
	Key  string
	Desc bool
}
type Pager struct{ Page, Size, Pages, Sum, Skip, Count int }
type Page struct {
	List  []Record
	Pager Pager
}

func ParseSort(n *relaxed.Node) ([]Order, error)                                 { panic("stub") }
func (p Page) AppendList(dst []byte, view func(dst, body []byte) []byte) []byte  { panic("stub") }
func (p Page) AppendPaged(dst []byte, view func(dst, body []byte) []byte) []byte { panic("stub") }
