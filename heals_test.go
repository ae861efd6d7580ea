package adcimport_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// fault 85: whoever a service failed for comes in by itself within a week after it
// is mended, and whose data were wrong in the very night, however long that lasted.
func TestHeals_withoutACall(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil func(r *rig, well func() bool)
		lasts int // nights
		takes int // nights, at most
	}{
		"details, for six days":   {spoilDetails, 6, 7},
		"details, for a night":    {spoilDetails, 1, 1},
		"details, for a month":    {spoilDetails, 31, 7},
		"creates, for six days":   {spoilCreates, 6, 7},
		"creates, for a month":    {spoilCreates, 31, 7},
		"look-ups, for six days":  {spoilLookUps, 6, 7},
		"data, for two weeks":     {spoilData, 14, 1},
		"a refusal, for a month":  {spoilByRefusal, 31, 1},
		"not found, for a month":  {spoilByAbsence, 31, 1},
		"a resetting one, 3 days": {spoilCreates, 3, 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(12)
				r.sink.Strict = false
				night := 0
				tt.spoil(r, func() bool { return night >= tt.lasts })
				for ; night < tt.lasts+tt.takes; night++ {
					if night == tt.lasts {
						r.src.Update(func(d *adcimporttest.Dealer) { d.Customers[4] = plainCustomer("5") })
					}
					s, err := r.customers(t)
					if err != nil || s.Status != adcimport.StatusCompleted {
						t.Fatalf("night %d: %v, %v", night, s, err)
					}
					sleepBubble(24 * time.Hour)
				}
				r.once(t, idsUpTo(12)...)
			})
		})
	}
}

func spoilDetails(r *rig, well func() bool) {
	r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
		if id == "5" && !well() {
			return adcimport.Customer{}, seen("source", "GetCustomerInfo_V2")
		}
		return r.src.Source.CustomerDetail(ctx, id)
	}
}

func spoilCreates(r *rig, well func() bool) {
	r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
		res := make([]adcimport.WriteResult, len(recs))
		for i, rec := range recs {
			if rec.AlarmComID == "5" && !well() {
				res[i].Err = seen("sink", "create customer")
				continue
			}
			one, err := r.sink.Sink.CreateCustomers(ctx, recs[i:i+1])
			if err != nil {
				return res, err
			}
			res[i] = one[0]
		}
		return res, nil
	}
}

func spoilLookUps(r *rig, well func() bool) {
	r.sink.find = func(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
		for _, k := range keys {
			if k.ID == "5" && !well() {
				return nil, seen("sink", "find customers")
			}
		}
		return r.sink.Sink.FindCustomers(ctx, keys)
	}
}

// spoilData leaves something out that the sink requires; it is corrected at the
// source.
func spoilData(r *rig, _ func() bool) {
	r.cfg.CustomerMapping = adcimport.DefaultCustomerMapping().With(adcimport.Rule{
		To: "LastName", From: []string{"LastName"}, Required: true,
	})
	r.src.Update(func(d *adcimporttest.Dealer) { d.Customers[4].LastName = "" })
}

func spoilByRefusal(r *rig, well func() bool) {
	r.sink.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
		res, err := r.sink.Sink.CreateCustomers(ctx, others(recs, well))
		for i, rec := range recs {
			if rec.AlarmComID == "5" && !well() {
				refused := adcimport.WriteResult{Status: adcimport.WriteRejected, Err: &adcimport.RecordError{ID: "5", Reason: adcimport.ReasonRejectedBySink}}
				res = append(res[:i:i], append([]adcimport.WriteResult{refused}, res[i:]...)...)
			}
		}
		return res, err
	}
}

func others(recs []adcimport.CustomerRecord, well func() bool) []adcimport.CustomerRecord {
	var list []adcimport.CustomerRecord
	for _, rec := range recs {
		if rec.AlarmComID != "5" || well() {
			list = append(list, rec)
		}
	}
	return list
}

func spoilByAbsence(r *rig, well func() bool) {
	r.src.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
		if id == "5" && !well() {
			return adcimport.Customer{}, adcimport.ErrNotFound
		}
		return r.src.Source.CustomerDetail(ctx, id)
	}
}
