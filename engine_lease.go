package adcimport

import "context"

// CheckWrite is asked by a [Sink] just before a request that writes goes out:
// an error means that the run may not send it anymore, because its lease is
// lost or about to be ([ErrLeaseLost], by the monotonic and the wall clock) or
// because the run was told to stop. The sink then answers [NotSent] for what it
// has not sent. Outside a run the answer is that of the context.
func CheckWrite(ctx context.Context) error { return context.Cause(ctx) }
