package otelimport

import (
	"errors"

	"go.opentelemetry.io/otel/metric"
)

// meters are the instruments of [Metrics].
type meters struct {
	records, leases, lost metric.Int64Counter
	atWork                metric.Int64UpDownCounter
	calls, runs, waits    metric.Float64Histogram
	perCall, needYou      metric.Int64Histogram
}

// newMeters makes what the table says.
func newMeters(m metric.Meter) (*meters, error) {
	var errs []error
	table := make(map[string]Metric)
	for _, row := range Metrics() {
		table[row.Name] = row
	}
	counter := func(name string) metric.Int64Counter {
		c, err := m.Int64Counter(name, metric.WithUnit(table[name].Unit), metric.WithDescription(table[name].What))
		errs = append(errs, err)
		return c
	}
	seconds := func(name string, bounds ...float64) metric.Float64Histogram {
		h, err := m.Float64Histogram(name, metric.WithUnit(table[name].Unit), metric.WithDescription(table[name].What),
			metric.WithExplicitBucketBoundaries(bounds...))
		errs = append(errs, err)
		return h
	}
	number := func(name string, bounds ...float64) metric.Int64Histogram {
		h, err := m.Int64Histogram(name, metric.WithUnit(table[name].Unit), metric.WithDescription(table[name].What),
			metric.WithExplicitBucketBoundaries(bounds...))
		errs = append(errs, err)
		return h
	}
	atWork, err := m.Int64UpDownCounter(metricAtWork,
		metric.WithUnit(table[metricAtWork].Unit), metric.WithDescription(table[metricAtWork].What))
	errs = append(errs, err)
	all := &meters{
		records: counter(metricRecords), leases: counter(metricLeases), lost: counter(metricLost), atWork: atWork,
		calls:   seconds(metricCalls, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60),
		runs:    seconds(metricRuns, 1, 10, 60, 300, 900, 3600, 4*3600, 12*3600, 24*3600),
		waits:   seconds(metricWaits, 1, 2, 5, 10, 30, 60, 300, 900, 3600),
		perCall: number(metricPerCall, 1, 2, 5, 10, 25, 50, 100, 250, 500),
		needYou: number(metricNeedYou, 0, 1, 2, 5, 10, 50, 100, 1000),
	}
	return all, errors.Join(errs...)
}
