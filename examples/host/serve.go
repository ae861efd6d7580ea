package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// serve goes on with what the last process left, and works until ctx ends. Then runs
// stop at a commit, where the next process goes on.
func (h *host) serve(ctx context.Context, address string) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	h.log.InfoContext(ctx, "listening", slog.String("address", listener.Addr().String()))
	server := &http.Server{Handler: h.routes(), ReadHeaderTimeout: 10 * time.Second}
	var working sync.WaitGroup
	working.Go(func() { cancel(server.Serve(listener)) })
	working.Go(func() {
		if _, err := h.set.ResumeAll(ctx); err != nil {
			h.log.WarnContext(ctx, "some runs go on later", slog.Any("error", err)) // the set tries again
		}
	})
	working.Go(func() { _ = h.set.RunSchedules(ctx, h.schedules) })
	<-ctx.Done()
	end, done := context.WithTimeout(context.WithoutCancel(ctx), 25*time.Second)
	defer done()
	err = errors.Join(server.Shutdown(end), h.set.Close(end))
	working.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		err = errors.Join(err, cause) // the server failed
	}
	return err
}
