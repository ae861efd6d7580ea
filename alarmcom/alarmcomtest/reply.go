package alarmcomtest

import (
	"maps"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Reply is what the server does in place of its ordinary reply. The first of
// Reset, Body or Status, Fault, Failure and Empty that is set decides; with none
// of them the ordinary reply comes, late or cut off as the other fields say.
type Reply struct {
	Delay time.Duration // before anything is sent
	Reset bool          // the connection is reset and nothing sent: a lost reply

	Status int         // HTTP status; 0: 200
	Header http.Header // in place of the ordinary ones, as Retry-After
	Body   []byte      // sent as it is

	Fault *Fault // a SOAP fault, in the version of the request; of the PartnerApi a message with status 500
	// Failure is Success=false with this ErrorMessage, where the operation has it;
	// else a fault; of the PartnerApi a message with status 200.
	Failure string
	Empty   bool // a response without a result; of the PartnerApi null

	CutAfter int           // the connection breaks after so many bytes of the body; 0: not
	Slowly   time.Duration // pause between any two parts of the body
}

// Fault is a SOAP fault that the server sends.
type Fault struct {
	Code string // as in SOAP 1.1, Server or Client; empty: Server
	Text string
}

type hook struct {
	mu sync.Mutex
	f  func(op string, id, n int) *Reply
}

// Fail sets what decides about misbehaviour: it is asked about each call, one at
// a time, with the operation, the id of the customer or branch asked for (0:
// none), and how many calls of the operation there were, from 1. Nil is the
// ordinary reply. Fail(nil) ends it.
func (s *Server) Fail(decide func(op string, id, n int) *Reply) {
	s.hook.mu.Lock()
	defer s.hook.mu.Unlock()
	s.hook.f = decide
}

func (h *hook) decide(op string, id, n int) *Reply {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.f == nil {
		return nil
	}
	return h.f(op, id, n)
}

// raw reports whether the reply is not made by the operation.
func (r *Reply) raw() bool { return r.Status != 0 || r.Body != nil }

// wait waits for Delay, or until the client gives up.
func (r *Reply) wait(req *http.Request) { pause(req, r.Delay) }

func pause(req *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-req.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// reset breaks the connection with a TCP reset where there is one.
func reset(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			_ = conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}

// send sends a body as the reply wants it sent.
func (r *Reply) send(w http.ResponseWriter, req *http.Request, status int, body []byte) {
	maps.Copy(w.Header(), r.Header)
	cut := r.CutAfter > 0 && r.CutAfter < len(body)
	if cut {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		body = body[:r.CutAfter]
	}
	w.WriteHeader(status)
	if r.Slowly > 0 {
		sendSlowly(w, req, body, r.Slowly)
	} else {
		_, _ = w.Write(body)
	}
	if cut {
		flush(w)
		panic(http.ErrAbortHandler)
	}
}

// partSize is how much of a slow body goes out at once, in bytes.
const partSize = 16

func sendSlowly(w http.ResponseWriter, req *http.Request, body []byte, gap time.Duration) {
	for len(body) > 0 {
		n := min(partSize, len(body))
		if _, err := w.Write(body[:n]); err != nil {
			return
		}
		flush(w)
		body = body[n:]
		pause(req, gap)
	}
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
