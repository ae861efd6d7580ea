package fingerprint_test

import (
	"testing"

	"github.com/securitytrax/adcimport/internal/fingerprint"
)

// record is what a hash is made of.
type record struct {
	fields []string
	custom map[string]string
}

func (r record) sum(h *fingerprint.Hasher) string {
	h.Add(r.fields...)
	h.AddMap(r.custom)
	return h.Sum()
}

// TestHasher_tellsRecordsApart gives one Hasher records that would be the same
// when their texts were only joined.
func TestHasher_tellsRecordsApart(t *testing.T) {
	t.Parallel()
	h := fingerprint.NewHasher([]byte("key"))
	seen := make(map[string]int)
	for i, r := range []record{
		{},
		{fields: []string{""}},
		{fields: []string{"", ""}},
		{fields: []string{"ab", "c"}},
		{fields: []string{"a", "bc"}},
		{fields: []string{"bc", "a"}},
		{fields: []string{"abc"}},
		{fields: []string{"ab\x01c"}},
		{custom: map[string]string{"a": "", "b": "1"}},
		{custom: map[string]string{"a": "1", "b": ""}},
	} {
		sum := r.sum(h)
		if other, ok := seen[sum]; ok {
			t.Errorf("records %d and %d have the same hash", other, i)
		}
		seen[sum] = i
	}
}

func TestHasher_isTheSameForTheSame(t *testing.T) {
	t.Parallel()
	r := record{fields: []string{"Ada", "Lovelace"}, custom: map[string]string{"x": "1", "y": "2", "z": "3"}}
	const want = "7669e4fb4218d355ac5c6a132e8518d4"
	h := fingerprint.NewHasher([]byte("key"))
	for range 20 { // in any order of the map
		if got := r.sum(h); got != want {
			t.Fatalf("hash %s, want %s", got, want)
		}
	}
	if got := r.sum(fingerprint.NewHasher([]byte("other"))); got == want {
		t.Error("the key has no part in the hash")
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	const want = "90138acbe16f6bb2f1555154145447ce"
	if got := fingerprint.IdempotencyKey("isp-1", "customer", "4711", 0); got != want {
		t.Errorf("key %s, want %s", got, want)
	}
	for _, other := range [][3]string{{"isp-2", "customer", "4711"}, {"isp-1", "user", "4711"}, {"isp-1", "customer", "4712"}} {
		if got := fingerprint.IdempotencyKey(other[0], other[1], other[2], 0); got == want {
			t.Errorf("%v has the same key", other)
		}
	}
	keys := map[string]bool{want: true}
	for generation := 1; generation <= 12; generation++ {
		keys[fingerprint.IdempotencyKey("isp-1", "customer", "4711", generation)] = true
	}
	if len(keys) != 13 {
		t.Errorf("a record that was forgotten 12 times has %d keys", len(keys))
	}
}
