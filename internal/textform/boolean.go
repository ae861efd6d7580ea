package textform

import "strings"

// Bool reads a boolean word in any case: true, t, yes, y, on, 1 and false, f,
// no, n, off, 0.
func Bool(s string) (value, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "t", "yes", "y", "on", "1":
		return true, true
	case "false", "f", "no", "n", "off", "0":
		return false, true
	}
	return false, false
}
