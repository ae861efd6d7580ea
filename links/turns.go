package links

import "sync"

// turns says which runs may be at work. It is fair to links: the next turn is that
// of the link whose last one is longest ago.
type turns struct {
	most int

	mu      sync.Mutex
	taken   int
	count   uint64            // of turns so far
	last    map[string]uint64 // a link's last turn, by count; 0: it had none
	waiting []*turn           // in the order in which they came
}

// turn is one run's.
type turn struct {
	link string
	come chan struct{}
}

// take asks for a turn of a link. What is returned last gives it back, or up.
func (t *turns) take(link string) (come <-chan struct{}, leave func()) {
	n := &turn{link: link, come: make(chan struct{})}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = append(t.waiting, n)
	t.give()
	return n.come, sync.OnceFunc(func() { t.leave(n) })
}

func (t *turns) leave(n *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, w := range t.waiting {
		if w == n {
			t.waiting = append(t.waiting[:i], t.waiting[i+1:]...)
			return
		}
	}
	t.taken--
	t.give()
}

// give gives turns to those that wait, as many as there are. The caller holds mu.
func (t *turns) give() {
	for t.taken < t.most && len(t.waiting) > 0 {
		next := 0
		for i, w := range t.waiting {
			if t.last[w.link] < t.last[t.waiting[next].link] {
				next = i
			}
		}
		n := t.waiting[next]
		t.waiting = append(t.waiting[:next], t.waiting[next+1:]...)
		t.taken++
		t.count++
		t.last[n.link] = t.count
		close(n.come)
	}
}
