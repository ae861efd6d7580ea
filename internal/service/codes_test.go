package service_test

import (
	"io"
	"testing"

	"github.com/securitytrax/adcimport/internal/pacing"
	"github.com/securitytrax/adcimport/internal/service"
)

// What a status means to the importer, which waits for what is unavailable, a
// timeout, unreadable or rate_limited (fault 15).
func TestCode(t *testing.T) {
	t.Parallel()
	for want, statuses := range map[string][]int{
		"timeout":      {408},
		"unavailable":  {425, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524, 525, 526, 527, 529, 530, 598, 599, 999},
		"rate_limited": {429},
		"auth":         {401},
		"denied":       {403},
		"not_found":    {404},
		"refused":      {300, 302, 400, 405, 407, 409, 413, 414, 418, 422, 431, 451, 501, 505, 506, 508, 510, 511},
		"unreadable":   {200, 204},
	} {
		for _, status := range statuses {
			if got := service.Code(status, nil); got != want {
				t.Errorf("%d is %q, want %q", status, got, want)
			}
		}
	}
	for err, want := range map[error]string{pacing.ErrTimeout: "timeout", io.EOF: "unavailable"} {
		if got := service.Code(0, err); got != want {
			t.Errorf("%v is %q, want %q", err, got, want)
		}
	}
	if got := service.Code(503, io.EOF, io.EOF); got != "unreadable" {
		t.Errorf("a reply that cannot be read is %q", got)
	}
}

func TestOverloaded(t *testing.T) {
	t.Parallel()
	for status := 100; status < 1000; status++ {
		want := status > 500 || status == 408 || status == 425 || status == 429
		switch status {
		case 501, 505, 506, 508, 510, 511:
			want = false
		}
		if got := pacing.Overloaded(status); got != want {
			t.Errorf("%d: %v", status, got)
		}
	}
}
