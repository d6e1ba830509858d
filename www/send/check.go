package send

import (
	"slices"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
)

// Check tells what is wrong in the settings of a domain's senders, secrets among them:
// what every message would meet.
func (p *Post) Check() (out []domain.Fault) {
	said := gjson.ParseBytes(p.d.Config().Senders)
	said.ForEach(func(key, _ gjson.Result) bool {
		if !slices.Contains([]string{"dayCost", "keep", string(SMS), string(Mail)}, key.Str) {
			f := p.d.SettingFault(domain.Textf("senders 没有 %q：只有 sms、mail、dayCost、keep", "senders have no %q: want sms, mail, dayCost or keep", key.Str), "senders", key.Str)
			f.Warn = true
			out = append(out, f)
		}
		return true
	})
	if !said.Exists() {
		return out
	}
	for _, ch := range []Channel{SMS, Mail} {
		c, err := ReadConfig(p.d, ch)
		if err == nil {
			_, err = p.sender(c)
		}
		if err != nil {
			out = append(out, p.d.SettingFault(domain.AsError(err).Said(), append([]any{"senders"}, c.at...)...))
		}
	}
	return slices.Compact(out)
}
