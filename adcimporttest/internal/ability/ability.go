// Package ability finds optional interfaces on what may be wrapped.
package ability

// Find returns v as a T, or else the first T along its chain of Unwrap() any.
func Find[T any](v any) (found T, ok bool) {
	for v != nil {
		if found, ok = v.(T); ok {
			return found, true
		}
		wrapper, wraps := v.(interface{ Unwrap() any })
		if !wraps {
			break
		}
		v = wrapper.Unwrap()
	}
	return found, false
}
