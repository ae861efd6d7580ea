package fingerprint_test

import (
	"testing"

	"github.com/securitytrax/adcimport/internal/fingerprint"
)

func sum(h *fingerprint.Hasher, fields ...string) string {
	h.Add(fields...)
	return h.Sum()
}

// TestHasher_tellsRecordsApart gives one Hasher records that would be the same
// when their texts were only joined.
func TestHasher_tellsRecordsApart(t *testing.T) {
	t.Parallel()
	h := fingerprint.NewHasher([]byte("key"))
	seen := make(map[string]int)
	for i, fields := range [][]string{
		{}, {""}, {"", ""}, {"ab", "c"}, {"a", "bc"}, {"bc", "a"}, {"abc"}, {"ab\x01c"}, {"a", "", "b", "1"}, {"a", "1", "b", ""},
	} {
		got := sum(h, fields...)
		if other, ok := seen[got]; ok {
			t.Errorf("records %d and %d have the same hash", other, i)
		}
		seen[got] = i
	}
}

func TestHasher_isTheSameForTheSame(t *testing.T) {
	t.Parallel()
	fields := []string{"Ada", "Lovelace", "x", "1", "y", "2", "z", "3"}
	const want = "7669e4fb4218d355ac5c6a132e8518d4"
	h := fingerprint.NewHasher([]byte("key"))
	for range 2 {
		if got := sum(h, fields...); got != want {
			t.Fatalf("hash %s, want %s", got, want)
		}
	}
	h.Add(fields...)
	colour := fingerprint.CustomOf("colour")
	full := fingerprint.Print{Sum: want, Known: true, Filled: 0x8003, Custom: []string{colour}}.String()
	if got := h.Print(0x8003, []string{colour}); got != full {
		t.Errorf("print %s, want %s", got, full)
	}
	if got := sum(h, fields...); got != want {
		t.Errorf("after a print: hash %s, want %s", got, want)
	}
	if got := sum(fingerprint.NewHasher([]byte("other")), fields...); got == want {
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
