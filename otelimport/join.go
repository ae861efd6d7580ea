package otelimport

import (
	"context"
	"time"

	"github.com/securitytrax/adcimport"
)

// Join makes hooks that call those of a, then those of b. Contexts and ends of calls
// nest: those of b are within those of a.
func Join(a, b adcimport.Events) adcimport.Events {
	return adcimport.Events{
		RunStarted: both(a.RunStarted, b.RunStarted),
		PageRead:   both2(a.PageRead, b.PageRead),
		Waiting:    both2[time.Duration](a.Waiting, b.Waiting),
		RecordDone: both2(a.RecordDone, b.RecordDone),
		Committed:  both2(a.Committed, b.Committed),
		Call:       bothCalls(a.Call, b.Call),
		RunEnded: func(ctx context.Context, s adcimport.Summary, err error) {
			if a.RunEnded != nil {
				a.RunEnded(ctx, s, err)
			}
			if b.RunEnded != nil {
				b.RunEnded(ctx, s, err)
			}
		},
	}
}

func both(a, b func(context.Context, adcimport.RunInfo)) func(context.Context, adcimport.RunInfo) {
	if a == nil || b == nil {
		return one(a, b, a == nil)
	}
	return func(ctx context.Context, run adcimport.RunInfo) {
		a(ctx, run)
		b(ctx, run)
	}
}

func both2[T any](a, b func(context.Context, adcimport.RunInfo, T)) func(context.Context, adcimport.RunInfo, T) {
	if a == nil || b == nil {
		return one(a, b, a == nil)
	}
	return func(ctx context.Context, run adcimport.RunInfo, v T) {
		a(ctx, run, v)
		b(ctx, run, v)
	}
}

func one[F any](a, b F, second bool) F {
	if second {
		return b
	}
	return a
}

type callHook = func(context.Context, adcimport.RunInfo, adcimport.CallInfo) (context.Context, func(error))

func bothCalls(a, b callHook) callHook {
	if a == nil || b == nil {
		return one(a, b, a == nil)
	}
	return func(ctx context.Context, run adcimport.RunInfo, c adcimport.CallInfo) (context.Context, func(error)) {
		outer, outerDone := a(ctx, run, c)
		if outer == nil {
			outer = ctx
		}
		inner, innerDone := b(outer, run, c)
		if inner == nil {
			inner = outer
		}
		return inner, func(err error) {
			if innerDone != nil {
				innerDone(err)
			}
			if outerDone != nil {
				outerDone(err)
			}
		}
	}
}
