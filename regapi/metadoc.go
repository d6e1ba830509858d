package regapi

import (
	"fmt"
	"github.com/caryahq/carya/domain"

	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/regapi/apidoc"
)

// document reads api-doc: false keeps an endpoint out of the documentation.
func (c *compiler) document(s setting) domain.Text {
	shown := true
	msg := s.flag(&shown)
	c.ep.settings.private = !shown
	return msg
}

func (c *compiler) publicly(s setting) domain.Text { return s.flag(&c.ep.settings.public) }

// takesShape reads api-params: an object of shapes.
func (c *compiler) takesShape(s setting) domain.Text {
	if s.node.Kind != relaxed.Object {
		return domain.Text{ZH: `必须是对象：{limit:"integer?"}`, EN: `must be an object: {limit:"integer?"}`}
	}
	return shape(s, &c.ep.settings.takes)
}

func (c *compiler) returnsShape(s setting) domain.Text { return shape(s, &c.ep.settings.returns) }

func shape(s setting, to **apidoc.Shape) domain.Text {
	got, err := apidoc.ParseShape(s.node)
	if err != nil {
		return domain.TextOf(err)
	}
	*to = got
	return domain.Text{}
}

// String is the rate as metadata has it.
func (r rate) String() string { return fmt.Sprintf("%d/%v", r.n, r.per) }
