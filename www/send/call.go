package send

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/caryahq/carya/domain"
)

// maxAnswer bounds what is read of a provider's answer, in bytes.
const maxAnswer = 64 << 10

// call makes a request and reads the answer. An error has neither the address, which
// may hold a secret, nor what was sent.
func call(ctx context.Context, c *http.Client, req *http.Request) (status int, body []byte, err error) {
	resp, err := c.Do(req.WithContext(ctx))
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		if domain.CodeOf(err) == "e.http.host" {
			return 0, nil, Permanent(domain.Wrap(err, "e.send.config", domain.Text{ZH: "服务的地址不是公网地址，运营者也没有授予", EN: "the service has an address that is not public, nor granted by the operator"}))
		}
		return 0, nil, domain.Wrap(err, "e.send.failed", domain.Text{ZH: "没有应答", EN: "no answer"})
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil || len(body) > maxAnswer {
		return 0, nil, domain.E("e.send.failed", domain.Text{ZH: "应答不完整或过大", EN: "half an answer, or too large a one"})
	}
	return resp.StatusCode, body, nil
}

// refused is a provider's refusal: for good, unless its status says that another
// try may do. reason is the provider's code, as far as it looks like one.
func refused(status int, reason string) error {
	err := domain.E("e.send.refused", status, errCode(reason))
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status == http.StatusTooEarly, status >= 500:
		return domain.E("e.send.failed", status, errCode(reason))
	}
	return Permanent(err)
}

// errCode is a provider's error code; what does not look like one is no code. It may
// repeat the message, which holds the secret to be sent.
func errCode(s string) string {
	if len(s) > 60 || strings.Trim(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-") != "" {
		return ""
	}
	return s
}

func hmacSHA256(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// values are a message's values by name, in the order of the names.
func values(m *Message, names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = m.Values[name]
	}
	return out
}
