package regapi

import (
	"net/http"
	"time"
)

// Where device tokens travel: they prove nobody, so that a cookie may carry them
// to any endpoint, but only on a host that is one domain's own.
const (
	deviceCookie = "carya_device"
	deviceHeader = "X-Carya-Device"
	deviceParam  = "device"
)

// device is domain.Request.Device.
func (c *call) device() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mapped {
		if v, ok := c.cookie(deviceCookie, false); ok && v != "" {
			return v
		}
	}
	if v := c.r.Header.Get(deviceHeader); v != "" {
		return v
	}
	v, _ := c.param(deviceParam)
	return v
}

// setDevice is domain.Request.SetDevice. A page of another site that signs somebody in
// here leaves the cookie as it is: the browser did not send what it would lose.
func (c *call) setDevice(tokens string, age time.Duration) {
	if !c.mapped || c.foreignPage(http.MethodPost) != nil {
		return
	}
	http.SetCookie(c.w, &http.Cookie{
		Name: deviceCookie, Value: tokens, Path: "/", MaxAge: int(age / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.secure,
	})
}
