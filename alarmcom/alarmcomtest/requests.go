package alarmcomtest

import (
	"slices"
	"sync"
)

// Request is a call that reached an operation. It prints without its Body, which
// holds credentials.
type Request struct {
	Op     string // operation, as in GetCustomerInfo_V2 or OpPartnerCustomer
	ID     int    // customer or branch asked for; 0: none
	SOAP12 bool
	Body   []byte // the envelope, or the form of OpPartnerToken, with the credentials it carries; else the address
}

// requestLog keeps the last requests and counts all.
type requestLog struct {
	mu     sync.Mutex
	keep   int
	kept   []func() Request // closures, which no printer looks into
	counts map[string]int
}

func (l *requestLog) init(keep int) { l.keep, l.counts = keep, map[string]int{} }

// add returns how many calls of the operation there were, with this one.
func (l *requestLog) add(r Request) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[r.Op]++
	if l.keep > 0 {
		if len(l.kept) >= 2*l.keep {
			l.kept = slices.Clone(l.kept[len(l.kept)-l.keep:])
		}
		l.kept = append(l.kept, func() Request { return r })
	}
	return l.counts[r.Op]
}

// Count returns how often an operation was called, whatever came of it; empty: any of them.
func (s *Server) Count(op string) int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	if op == "" {
		all := 0
		for _, n := range s.log.counts {
			all += n
		}
		return all
	}
	return s.log.counts[op]
}

// Requests returns the last requests, in the order they came.
func (s *Server) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	var list []Request
	for _, r := range s.log.kept[max(0, len(s.log.kept)-s.log.keep):] {
		list = append(list, r())
	}
	return list
}

// Reset forgets counts and requests.
func (s *Server) Reset() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.kept = nil
	clear(s.log.counts)
}
