package audit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/audit"
)

// fault 38: an Upsert asks nothing for a customer who did not change, so that one who was
// deleted in SecurityTrax is unchanged to it. An audit finds her; once she is forgotten,
// the next run brings her again.
func TestFault38_unchangedAndDeleted(t *testing.T) {
	t.Parallel()
	l := newLab(t, 5)
	for _, c := range l.sink.Customers() {
		if c.Record.AlarmComID == "3" {
			l.sink.DeleteCustomers(c.ID)
		}
	}
	run := func(m adcimport.Mode) adcimport.Counts {
		t.Helper()
		l.sink.ResetCalls()
		s, err := l.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Mode: m}})
		if err != nil {
			t.Fatal(err)
		}
		return s.Counts
	}
	if diff := cmp.Diff(adcimport.Counts{Read: 5, Unchanged: 5}, run(adcimport.Upsert)); diff != "" {
		t.Errorf("upsert (-want +got):\n%s", diff)
	}
	if n := l.sink.CallCounts(); n["FindCustomers"]+n["ReadCustomers"] > 0 {
		t.Errorf("an Upsert of what did not change asks: %v", n)
	}
	var gone []string
	for f, err := range audit.Customers(t.Context(), l.cfg) {
		if err != nil {
			t.Fatal(err)
		}
		if f.What != audit.GoneInSecurityTrax {
			t.Errorf("%+v", f)
		}
		gone = append(gone, f.SourceID)
	}
	if diff := cmp.Diff([]string{"3"}, gone); diff != "" {
		t.Errorf("gone (-want +got):\n%s", diff)
	}
	if err := l.imp.Forget(t.Context(), adcimport.KindCustomer, gone...); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(adcimport.Counts{Read: 5, Created: 1, Skipped: 4}, run(adcimport.CreateOnly)); diff != "" {
		t.Errorf("after it is forgotten (-want +got):\n%s", diff)
	}
}

// The fake says who is gone, as SecurityTrax does.
func TestSpec_L6_fake(t *testing.T) {
	t.Parallel()
	l := newLab(t, 20)
	l.cfg.Sink = l.sink.Sink
	l.sink.DeleteCustomers(l.sink.Customers()[2].ID)
	got, err := read(t, audit.Customers(t.Context(), l.cfg))
	if diff := cmp.Diff([]string{"3 gone_in_securitytrax"}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
