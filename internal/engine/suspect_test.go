package engine //nolint:testpackage // nobody sees from outside who waits for a lock

import "testing"

// While the store is asked how a former run ended, details go on coming.
func TestRefusing_looksWithoutLock(t *testing.T) {
	t.Parallel()
	r := &refusing{took: make(map[operation]bool), runs: make(map[string]bool)}
	looked := 0
	look := func() (bool, error) {
		looked++
		if !r.mu.TryLock() {
			t.Fatal("others wait for the store")
		}
		r.mu.Unlock()
		return true, nil
	}
	for range 2 {
		if well, err := r.ended("run-1", look); !well || err != nil {
			t.Error(well, err)
		}
	}
	if looked != 1 {
		t.Errorf("it looked %d times", looked)
	}
}
