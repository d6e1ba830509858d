package send

import (
	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/secret"
)

// Secret is a setting that must be there and must not stand in domain.json itself:
// see package secret. The error is e.send.config.
func (c *Config) Secret(key string) (string, error) {
	ref, err := c.Need(key)
	if err != nil {
		return "", err
	}
	text, err := secret.Read(c.d, ref)
	if err != nil {
		c.unread = true
		return "", c.fault(key, domain.AsError(err).Said())
	}
	return text, nil
}
