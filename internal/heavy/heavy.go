// Package heavy sends replies of any length out of nothing, as a service does
// whose gzip unpacks to a thousand times its size, and measures what a call
// takes of them. It is for tests.
package heavy

import (
	"io"
	"net/http"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"time"
)

// Reply is a text with a part that comes again and again.
type Reply struct {
	Head string
	Unit func(i int) string // the part; it may differ from time to time
	Tail string
	// Times is how often the part comes; 0: for ever.
	Times  int
	Status int // 0: 200
	Type   string
}

// Same is a part that is always the same.
func Same(unit string) func(int) string { return func(int) string { return unit } }

// Transport sends a Reply to the requests that Match, and hands all others on.
type Transport struct {
	Base  http.RoundTripper
	Match func(*http.Request) bool
	Reply func(n int) Reply // to the n-th request, from 0

	asked, read atomic.Int64
}

// Asked is how many requests got such a reply.
func (t *Transport) Asked() int64 { return t.asked.Load() }

// Read is how many bytes were read of them.
func (t *Transport) Read() int64 { return t.read.Load() }

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !t.Match(r) {
		return t.Base.RoundTrip(r)
	}
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	reply := t.Reply(int(t.asked.Add(1) - 1))
	status := max(reply.Status, http.StatusOK)
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {reply.Type}}, Body: &body{t: t, reply: reply, rest: reply.Head},
		ContentLength: -1, Uncompressed: true, Request: r,
	}, nil
}

type body struct {
	t     *Transport
	reply Reply
	next  int
	rest  string
	ended bool
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if b.rest == "" && !b.more() {
			break
		}
		copied := copy(p[n:], b.rest)
		b.rest = b.rest[copied:]
		n += copied
	}
	b.t.read.Add(int64(n))
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (b *body) more() bool {
	switch {
	case b.reply.Times == 0 || b.next < b.reply.Times:
		b.rest = b.reply.Unit(b.next)
		b.next++
	case !b.ended:
		b.rest, b.ended = b.reply.Tail, true
	}
	return b.rest != ""
}

// Close implements io.Closer.
func (*body) Close() error { return nil }

// Text is the whole of a reply that ends.
func (r Reply) Text() string {
	var b strings.Builder
	b.WriteString(r.Head)
	for i := range r.Times {
		b.WriteString(r.Unit(i))
	}
	b.WriteString(r.Tail)
	return b.String()
}

// Peak is how many bytes of the heap a call had in use at once, at most: the
// heap is collected again and again while it runs. Nothing else may run then.
func Peak(call func()) int64 {
	before := live()
	var stop atomic.Bool
	most := make(chan int64)
	go func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		var peak int64
		for !stop.Load() {
			peak = max(peak, live())
			<-tick.C
		}
		most <- peak
	}()
	call()
	stop.Store(true)
	return <-most - before
}

// live is what a collection found in use.
func live() int64 {
	runtime.GC()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64()) //nolint:gosec // fewer than 2^63
}
