// Package crashtest has the parts of the kill harness that need no database and
// no importer: named points at which a child process dies, schedules of deaths,
// a watch over the child, and the comparison of what should be with what is.
// Package integration/crash puts them to work.
package crashtest

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Point is the nth time that a process passes a named place, as in
// "store.Intend:after#3". The zero Point is none.
type Point struct {
	Name string
	N    int // from 1
}

func (p Point) String() string {
	if p.Name == "" {
		return ""
	}
	return p.Name + "#" + strconv.Itoa(p.N)
}

// ParsePoint reads the form of [Point.String].
func ParsePoint(s string) (Point, error) {
	if s == "" {
		return Point{}, nil
	}
	name, nth, ok := strings.Cut(s, "#")
	n, err := strconv.Atoi(nth)
	if !ok || err != nil || n < 1 || name == "" {
		return Point{}, fmt.Errorf("point %q: want name#n with n from 1", s)
	}
	return Point{Name: name, N: n}, nil
}

// Trap acts when a process passes a [Point]. A nil Trap does nothing. It is safe
// for concurrent use.
type Trap struct {
	at     Point
	report func(name string)
	act    func()

	mu     sync.Mutex
	passed int
}

// NewTrap makes a trap that tells report of every place passed (nil: nobody)
// and calls act once, at the point.
func NewTrap(at Point, report func(name string), act func()) *Trap {
	return &Trap{at: at, report: report, act: act}
}

// Pass tells that the process is at a place.
func (t *Trap) Pass(name string) {
	if t == nil {
		return
	}
	if t.report != nil {
		t.report(name)
	}
	if t.sprung(name) {
		t.act()
	}
}

func (t *Trap) sprung(name string) bool {
	if name != t.at.Name {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.passed++
	return t.passed == t.at.N
}
