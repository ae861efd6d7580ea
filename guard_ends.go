package adcimport

import (
	"context"
	"iter"
)

// guardedSource calls a host's source. Its abilities are found behind it, and
// called by whoever finds them through [hostCode].
type guardedSource struct {
	source Source
	host   *hostCode
}

func (s guardedSource) Unwrap() any { return s.source }

func (s guardedSource) Customers(ctx context.Context, f CustomerFilter, from Cursor) iter.Seq2[Page[Customer], error] {
	return guardedSeq(s.host, "Source.Customers", func() iter.Seq2[Page[Customer], error] { return s.source.Customers(ctx, f, from) })
}

func (s guardedSource) Users(ctx context.Context, f UserFilter, from Cursor) iter.Seq2[Page[User], error] {
	return guardedSeq(s.host, "Source.Users", func() iter.Seq2[Page[User], error] { return s.source.Users(ctx, f, from) })
}

// guardedSink calls a host's sink, as guardedSource does a source.
type guardedSink struct {
	sink Sink
	host *hostCode
}

func (s guardedSink) Unwrap() any { return s.sink }

func (s guardedSink) FindCustomers(ctx context.Context, keys []CustomerKey) (map[string][]string, error) {
	return guarded(s.host, "Sink.FindCustomers", func() (map[string][]string, error) { return s.sink.FindCustomers(ctx, keys) })
}

func (s guardedSink) CreateCustomers(ctx context.Context, recs []CustomerRecord) ([]WriteResult, error) {
	return guarded(s.host, "Sink.CreateCustomers", func() ([]WriteResult, error) { return s.sink.CreateCustomers(ctx, recs) })
}

func (s guardedSink) FindUsers(ctx context.Context, keys []UserKey) (map[string][]string, error) {
	return guarded(s.host, "Sink.FindUsers", func() (map[string][]string, error) { return s.sink.FindUsers(ctx, keys) })
}

func (s guardedSink) CreateUsers(ctx context.Context, recs []UserRecord) ([]WriteResult, error) {
	return guarded(s.host, "Sink.CreateUsers", func() ([]WriteResult, error) { return s.sink.CreateUsers(ctx, recs) })
}

// guard lets nothing of the host's be called but through host.
func (c *Config) guard(host *hostCode) {
	c.Source = guardedSource{c.Source, host}
	c.Sink = guardedSink{c.Sink, host}
	c.Store = guardedStore{c.Store, host}
	c.Transforms = host.transforms(c.Transforms)
}
