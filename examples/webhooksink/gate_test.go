package main

import (
	"context"
	"io"
	"testing"

	"github.com/securitytrax/adcimport"
)

// After a create was given up, nothing of it goes out.
func TestGateStaysSealed(t *testing.T) {
	t.Parallel()
	g := &gate{data: []byte("body"), check: func() error { return nil }}
	sent, stopped := g.seal()
	data, err := io.ReadAll(g)
	if sent || stopped != nil || err == nil || len(data) > 0 {
		t.Errorf("sent %t, stopped by %v; then %d bytes, %v", sent, stopped, len(data), err)
	}
}

// What was begun is ended by a run that is told to stop, and not past its lease:
// then the last byte never goes out.
func TestGateHoldsLastByte(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"in time":   {nil, "body"},
		"stopped":   {adcimport.ErrClosed, "body"},
		"late":      {adcimport.ErrLeaseLost, "bod"},
		"timed out": {context.DeadlineExceeded, "bod"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := &gate{data: []byte("body"), check: func() error { return nil }}
			p := make([]byte, 10)
			n, err := g.Read(p)
			if n != 3 || err != nil {
				t.Fatalf("read %d bytes at first, %v", n, err)
			}
			g.check = func() error { return tt.err }
			rest, err := io.ReadAll(g)
			if got := string(p[:n]) + string(rest); got != tt.want || (err != nil) != (tt.want != "body") {
				t.Errorf("read %q, %v", got, err)
			}
			if sent, _ := g.seal(); !sent {
				t.Error("nothing was sent")
			}
		})
	}
}
