package adcimporttest

// random is SplitMix64: data made from a seed stays the same whatever the
// standard library does to its generators.
type random struct{ state uint64 }

// Streams keep the draws of different things apart.
const (
	streamCustomer uint64 = iota + 1
	streamCustomerSlots
	streamUser
	streamUserSlots
)

// newRandom is the generator of thing n of a stream: a record does not depend
// on how many were made before it.
func newRandom(seed, stream uint64, n int) *random {
	r := &random{state: seed}
	r.state ^= r.next() + stream
	r.state ^= r.next() + uint64(n) //nolint:gosec // G115: any bits will do for a seed
	r.next()
	return r
}

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// intn returns a number from 0 to n-1; n is small, so the bias is too.
func (r *random) intn(n int) int {
	return int(r.next() >> 1 % uint64(n)) //nolint:gosec // G115: n is positive, the result less than n
}

// percent is true in p of 100 draws.
func (r *random) percent(p int) bool { return r.intn(100) < p }

func pick[T any](r *random, from []T) T { return from[r.intn(len(from))] }

// slot is the place of thing i in a shuffled block of size things: every block
// has every slot once, so that shares are exact.
func slot(seed, stream uint64, i, size int) int {
	r := newRandom(seed, stream, i/size)
	slots := make([]int, size)
	for k := range slots {
		j := r.intn(k + 1)
		slots[k], slots[j] = slots[j], k
	}
	return slots[i%size]
}
