package engine

// rooms are where the items of batches are: an item is more than a kilobyte, and a few
// batches are under way at a time.
type rooms[S, R any] chan []item[S, R]

func newRooms[S, R any]() rooms[S, R] { return make(rooms[S, R], 2) }

// take returns n items that are zero.
func (r rooms[S, R]) take(n int) []item[S, R] {
	select {
	case room := <-r:
		if cap(room) >= n {
			return room[:n]
		}
	default:
	}
	return make([]item[S, R], n)
}

// give takes back the items of a batch that is written. Nobody points to them then:
// what comes later goes by ids.
func (r rooms[S, R]) give(items []item[S, R]) {
	if cap(items) == 0 {
		return
	}
	clear(items[:cap(items)])
	select {
	case r <- items:
	default:
	}
}
