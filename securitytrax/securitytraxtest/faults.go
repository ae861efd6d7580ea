package securitytraxtest

import (
	"context"
	"net/http"
	"time"
)

// Reply is what a fault does to a request. The zero Reply does nothing.
type Reply struct {
	Status int         // sent in place of the ordinary reply; 0: none
	Header http.Header // added to the reply
	Body   []byte      // of the reply; nil: an error document where Status is set
	After  bool        // the request takes effect first; without it, Status and Lost leave it without effect

	Lost      bool          // the connection is closed without a reply
	Truncate  int           // only so many bytes of the body are sent, then the connection is closed; 0: all
	ByteDelay time.Duration // between any two bytes of the body
	// Delay comes before the request takes effect or, with After, before the
	// reply. A client that leaves during a delay before leaves nothing done.
	Delay time.Duration

	ExpireTokens bool // all tokens end before the request is looked at
}

// Fail sets a hook that is asked about every request: it may look at it, body
// included, and gets the how manyth of its route it is since the last
// [Server.Reset]. A nil reply lets the request through. A nil hook removes
// it.
func (s *Server) Fail(hook func(r *http.Request, n int) *Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = hook
}

// ChangePassword makes another password the good one, as the dealer does between two
// runs: [Server.Config] has it from now on. Tokens that were given stay good until
// they end; [Server.ExpireTokens] ends them.
func (s *Server) ChangePassword(password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings.secrets().password = password
}

// ExpireTokens ends all tokens that authenticate gave.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens())
}

func (s *Server) fault(r *http.Request, n int) Reply {
	s.mu.Lock()
	hook := s.fail
	s.mu.Unlock()
	if hook == nil {
		return Reply{}
	}
	reply := hook(r, n)
	if reply == nil {
		return Reply{}
	}
	return *reply
}

// answers reports whether the fault takes the place of the ordinary reply.
func (f Reply) answers() bool { return f.Status != 0 || f.Lost }

func (f Reply) response(ordinary response) response {
	if f.Status != 0 {
		ordinary = failure(f.Status, "injected", "")
	}
	if f.Body != nil {
		ordinary.body = f.Body
	}
	if len(f.Header) > 0 {
		h := ordinary.header.Clone()
		for name, values := range f.Header {
			h[http.CanonicalHeaderKey(name)] = values
		}
		ordinary.header = h
	}
	return ordinary
}

// pause waits, or returns false when the client leaves.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
