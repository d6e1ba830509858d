package regapi

import (
	"net/http"

	"github.com/caryahq/carya/domain"
)

// statuses is the one map from the kind of an error to an HTTP status: when
// the engine itself answers, and when a script's command of a JSON endpoint
// has failed. Clients of such an endpoint read `ok`, not the status, so that
// an error which is part of the conversation is sent with 200.
var statuses = [...]struct{ engine, script int }{
	domain.Internal:     {http.StatusInternalServerError, http.StatusInternalServerError},
	domain.Usage:        {http.StatusInternalServerError, http.StatusInternalServerError},
	domain.Invalid:      {http.StatusBadRequest, http.StatusOK},
	domain.Unauthorized: {http.StatusUnauthorized, http.StatusOK},
	domain.Forbidden:    {http.StatusForbidden, http.StatusForbidden},
	domain.NotFound:     {http.StatusNotFound, http.StatusOK},
	domain.Method:       {http.StatusMethodNotAllowed, http.StatusOK},
	domain.Conflict:     {http.StatusConflict, http.StatusOK},
	domain.TooLarge:     {http.StatusRequestEntityTooLarge, http.StatusOK},
	domain.TooMany:      {http.StatusTooManyRequests, http.StatusOK},
	domain.Busy:         {http.StatusServiceUnavailable, http.StatusServiceUnavailable},
	domain.Timeout:      {http.StatusGatewayTimeout, http.StatusGatewayTimeout},
}

// statusOf is the status of an error's answer. spoken says that it comes from
// a script whose answers are JSON.
func statusOf(e *domain.Error, spoken bool) int {
	s := statuses[domain.Internal]
	if int(e.Kind) < len(statuses) {
		s = statuses[e.Kind]
	}
	if spoken {
		return s.script
	}
	return s.engine
}
