package hurry_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport/internal/hurry"
)

// The time of a brief call stands while it waits for its turn.
func TestBriefly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := hurry.Briefly(t.Context(), 15*time.Second)
		defer cancel()
		if !hurry.IsBrief(ctx) || hurry.IsBrief(t.Context()) || hurry.Is(ctx) {
			t.Error("a mark is wrong")
		}
		time.Sleep(5 * time.Second)
		resume := hurry.Hold(ctx)
		time.Sleep(time.Hour)
		resume()
		resume()
		time.Sleep(10*time.Second - 1)
		if ctx.Err() != nil {
			t.Error("it ended early")
		}
		time.Sleep(time.Second)
		if !errors.Is(context.Cause(ctx), hurry.ErrBrief) {
			t.Errorf("it ended with %v", context.Cause(ctx))
		}
		hurry.Hold(t.Context())() // no brief call
	})
}
