// Package guard calls code that may panic, or end its goroutine, without dying
// of it.
package guard

import (
	"fmt"
	"runtime"
	"strconv"
)

// Error says that a call did not return. It holds nothing of what was panicked
// with, which may be a person's data, but its type.
type Error struct {
	Call  string   // what was called
	Type  string   // of the value that was panicked with; empty: runtime.Goexit ended the goroutine
	Stack []string // functions and lines, innermost first, without arguments
}

func (e *Error) Error() string {
	if e.Type == "" {
		return e.Call + " ended its goroutine"
	}
	return "panic in " + e.Call
}

// Call calls f and waits until it ended. It returns an [*Error], or nil when f
// returned.
func Call(call string, f func()) error { return <-Go(call, f) }

// Go calls f in a goroutine of its own: only so is runtime.Goexit the end of f
// alone. The channel gets what [Call] returns.
func Go(call string, f func()) <-chan error {
	ended := make(chan error, 1)
	go func() {
		returned := false
		defer func() {
			v := recover()
			if returned {
				ended <- nil
				return
			}
			e := &Error{Call: call, Stack: stack()}
			if v != nil {
				e.Type = fmt.Sprintf("%T", v)
			}
			ended <- e
		}()
		f()
		returned = true
	}()
	return ended
}

// maxFrames are enough to find the place; an endless recursion has more.
const maxFrames = 32

// stack is where the panic that is being recovered from began.
func stack() []string {
	pcs := make([]uintptr, maxFrames)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)]) // without itself and the deferred function
	var list []string
	for {
		f, more := frames.Next()
		if f.Function != "" {
			list = append(list, f.Function+" "+f.File+":"+strconv.Itoa(f.Line))
		}
		if !more {
			return list
		}
	}
}
