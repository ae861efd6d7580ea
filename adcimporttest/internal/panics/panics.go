// Package panics makes a panic of what is under test an error of one rule.
package panics

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// frames is how many frames of a goroutine an error has.
const frames = 6

// Guard is what do returns; of a panic it is an error with its text and the top
// frames of its goroutine.
func Guard(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, top(string(debug.Stack())))
		}
	}()
	return do()
}

// top has the frames that led to a panic, each a line with the call and one with its place.
func top(stack string) string {
	lines := strings.Split(strings.TrimSpace(stack), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "panic(") {
			lines = lines[min(i+2, len(lines)):]
			break
		}
	}
	return strings.Join(lines[:min(len(lines), 2*frames)], "\n")
}
