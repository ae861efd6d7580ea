package faults_test

import (
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
)

// manyIDs writes a list of ids while it is read, and looks at the heap from time
// to time.
type manyIDs struct {
	head, tail string
	ids, next  int
	rest       string
	peak       uint64
	read       int
}

// Read implements io.Reader.
func (m *manyIDs) Read(p []byte) (int, error) {
	if m.rest == "" {
		var b strings.Builder
		if m.next == 0 {
			b.WriteString(m.head)
		}
		for i := 0; i < 4000 && m.next < m.ids; i++ {
			m.next++
			b.WriteString("<int>" + strconv.Itoa(10_000_000+m.next) + "</int>")
		}
		if m.next == m.ids {
			b.WriteString(m.tail)
			m.tail = ""
		}
		if m.rest = b.String(); m.rest == "" {
			return 0, io.EOF
		}
		var mem runtime.MemStats
		runtime.ReadMemStats(&mem)
		m.peak = max(m.peak, mem.HeapAlloc)
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	m.read += n
	return n, nil
}

// TestFaults_millionIDs lists a million customers. The peak counts garbage, too.
func TestFaults_millionIDs(t *testing.T) { //nolint:paralleltest // it measures the heap of the process
	const ids = 1_000_000
	head, tail, _ := strings.Cut(listReply, "<int>101")
	body := &manyIDs{head: head, tail: tail[strings.LastIndex(tail, "</CustomerIds>"):], ids: ids}
	w := newWorld(1)
	w.toAlarm.set(func(r *http.Request) *http.Response {
		if actionOf(r) != opList {
			return nil
		}
		return answerOf(r, body)
	})
	src, err := alarmcom.New(alarmcom.Config{BaseURL: "http://127.0.0.1/WebServices", Credentials: w.credentials(), Transport: w.toAlarm})
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	n := 0
	for page, err := range src.Customers(t.Context(), adcimport.CustomerFilter{}, "") {
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Items)
	}
	grown := int64(body.peak) - int64(before.HeapAlloc)
	t.Logf("%d ids, %d bytes of XML, the heap grew by %d MB", n, body.read, grown>>20)
	if n != ids || body.read < 18*ids {
		t.Errorf("%d ids of %d bytes", n, body.read)
	}
	if most := int64(64 << 20); grown > most {
		t.Errorf("the heap grew by %d bytes, want at most %d", grown, most)
	}
}

// TestFaults_endlessReplies shows how much is read of a reply that never ends.
func TestFaults_endlessReplies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fail  func(*world)
		limit int64
	}{
		"Alarm.com":    {endlessList, 256 << 10},    // one text
		"SecurityTrax": {endlessFind, 4 * 16 << 20}, // asked for all, and for three alone
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(people)
				test.fail(w)
				s, err := w.run(t, w.importer(t))
				if err == nil || s.Counts.Read > 0 {
					t.Errorf("%v, %v", s, err)
				}
				// A reader's buffer and the little that is drained come on top.
				if most := test.limit + 1<<19; w.read > most || w.read < test.limit {
					t.Errorf("%d bytes were read, want about %d", w.read, test.limit)
				}
			})
		})
	}
}
