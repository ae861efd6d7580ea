package sqlstore_test

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/adcimporttest/conformance/storetest"
	"github.com/securitytrax/adcimport/internal/dbclock"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/sqlstore"
)

// Every rule holds also where five of eight COMMITs fail in one way or another:
// what an earlier attempt has stored is recognized.
func TestSuiteWithLostReplies(t *testing.T) {
	t.Parallel()
	for name, newDatabase := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := newPool(t, newDatabase)
			storetest.Run(t, func(t *testing.T) ledger.StateStore {
				t.Helper()
				d := pool.take(t)
				db := d.faulty(t, &faults{next: func(n int64) fate {
					return []fate{fine, lostReply, fine, lostCall, fine, refused, lostReply, lostReply}[n%8]
				}})
				clock := new(dbclock.Offset)
				patient := sqlstore.Options{RetryFor: time.Hour} // however slow the machine is
				s, err := sqlstore.Open(dbclock.With(t.Context(), clock), db, d.dialect, patient)
				if err != nil {
					t.Fatal(err)
				}
				return suiteStore{StateStore: s, tb: t, d: d, opened: noChange, clock: clock}
			})
		})
	}
}

// When the time is up, the error says what was tried; when the reply was lost,
// the caller may do the same again.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	for name, newDatabase := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t)
			good := d.store(t, sqlstore.Options{})
			l, err := good.Acquire(t.Context(), leaseRequest("run-1"))
			if err != nil {
				t.Fatal(err)
			}
			seq := int64(0)
			for f, want := range map[fate]int{lostReply: 1, lostCall: 0, refused: 0} {
				seq++
				bad := d.faultyStore(t, &faults{next: func(int64) fate { return f }}, sqlstore.Options{RetryFor: -1})
				id := fmt.Sprint("record-", f)
				c := createdCommit(seq, "", id)
				err = commitError(t, bad, l, c)
				if err == nil || !strings.Contains(err.Error(), "commit outcomes of run run-1: gave up after 1 attempts") {
					t.Errorf("fate %d: Commit returned %v", f, err)
				}
				if f != refused && !errors.Is(err, driver.ErrBadConn) {
					t.Errorf("fate %d: the cause is not in %v", f, err)
				}
				if got := len(knownOf(t, good, id)); got != want {
					t.Errorf("fate %d: %d records are known, want %d", f, got, want)
				}
				if err := commitError(t, good, l, c); err != nil {
					t.Errorf("fate %d: the same Commit again: %v", f, err)
				}
			}
		})
	}
}

// The reply to a release is lost, and another host is quicker than the second
// attempt: the release has been stored, and is not returned as a lost lease.
func TestReleaseWhoseReplyWasLost(t *testing.T) {
	t.Parallel()
	for name, newDatabase := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t)
			other := d.store(t, sqlstore.Options{})
			var (
				next ledger.Lease
				got  error
			)
			s := d.faultyStore(t, &faults{
				next: func(n int64) fate {
					if n == 2 { // the release; the acquisition was the first
						return lostReply
					}
					return fine
				},
				onLost: func() { next, got = other.Acquire(t.Context(), leaseRequest("run-2")) },
			}, sqlstore.Options{})
			l, err := s.Acquire(t.Context(), leaseRequest("run-1"))
			if err != nil {
				t.Fatal(err)
			}
			end := ledger.End{Status: ledger.StatusCompleted}
			if _, err := s.Release(t.Context(), l, end); err != nil {
				t.Fatal(err)
			}
			if got != nil || next.Epoch != l.Epoch+1 {
				t.Fatalf("the other host got epoch %d: %v", next.Epoch, got)
			}
			st, err := other.Run(t.Context(), "run-1")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(ledger.StatusCompleted, st.Status); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
			if _, err := s.Release(t.Context(), l, end); !errors.Is(err, ledger.ErrLeaseLost) {
				t.Errorf("another Release returned %v", err)
			}
		})
	}
}
