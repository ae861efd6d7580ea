//go:build unix

package main

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/securitytrax/adcimport"
)

// Two hosts over one database are asked for the same at the same time: each run is
// there once, and is told once, also where one of them is killed.
func TestTwoHosts(t *testing.T) {
	t.Parallel()
	for name, killed := range map[string]bool{"both live": false, "one is killed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 6, 25, 0, postgres)
			var hosts [2]*process
			hosts[0], hosts[1] = w.host(), w.host("-nightly", w.file("other.json"))
			var runs []string
			var asking sync.WaitGroup
			for _, d := range w.dealers {
				id := "form-" + d.Link
				runs = append(runs, id)
				for _, p := range hosts {
					asking.Go(func() {
						status, reply := p.ask(http.MethodPost, "/links/"+d.Link+"/runs", customersOf, "Idempotency-Key", id)
						if status != http.StatusAccepted {
							t.Errorf("%s: %d %s", id, status, reply)
						}
					})
				}
			}
			asking.Wait()
			if killed {
				w.wait("some details", func() bool { return w.details() >= 40 })
				hosts[0].kill()
				hosts[0] = w.host()
			}
			w.completed(runs...)
			if !killed {
				w.once(runs...)
			}
			w.customersAreThere(w.dealers...)
			seen := make(map[string]int)
			var page struct{ Runs []adcimport.RunInfo }
			hosts[1].get("/runs", &page)
			for _, run := range page.Runs {
				seen[run.Link]++
			}
			if want := "map[dealer-01:1 dealer-02:1 dealer-03:1 dealer-04:1 dealer-05:1 dealer-06:1]"; fmt.Sprint(seen) != want {
				t.Errorf("runs by link: %v", seen)
			}
		})
	}
}

// A run is canceled at the host that is not at work on it.
func TestCancelAtTheOtherHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, 200, 0, postgres)
	one, two := w.host(), w.host("-nightly", w.file("other.json"))
	run := one.customers("dealer-01")
	w.wait("some details", func() bool { return w.details() >= 10 })
	if status, reply := two.ask(http.MethodPost, "/links/dealer-01/runs/"+run+"/cancel", ""); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, reply)
	}
	w.wait("the end", func() bool {
		ends, _ := w.notices(run)
		return len(ends) == 1
	})
	ends, _ := w.notices(run)
	for _, s := range ends {
		if s.Status != adcimport.StatusCanceled || s.Counts.Read >= 180 {
			t.Errorf("told as %v", s)
		}
	}
	w.once(run)
}
