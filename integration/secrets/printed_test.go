package secrets_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
)

// subjects are one of every exported type that a secret may get into, and more
// of some.
func (w *world) subjects() []subject {
	mistaken := securitytrax.Config{BaseURL: "https://x:" + crmPassword + "@example.com"}
	read, write := w.read, w.write // what a host's own transport has is the host's
	read.Transport, write.Transport = nil, nil
	list := []subject{
		open(*w.seen.Load()), open(w.read), open(w.write), open(mistaken), open(w.link),
		built(w.read.Credentials), built(w.write.Credentials), built(*w.read.Partner), built(read), built(write),
		built(w.imp), built(w.store), built(w.alarm), built(w.crm), built(w.link.Events), built(&adcimport.MemoryStore{}),
		built(adcimport.CustomersOnly(w.sources[0])),
	}
	list[len(list)-1].name = "" // its type is not exported
	for _, r := range w.alarm.Requests() {
		list = append(list, open(r))
	}
	for _, r := range w.crm.Requests() {
		list = append(list, open(r))
	}
	for _, s := range w.sources {
		list = append(list, built(s), built[adcimport.Source](s))
	}
	for _, s := range w.sinks {
		list = append(list, built(s), built[adcimport.Sink](s))
	}
	return fewOfEach(slices.Concat(list, w.made))
}

// fewOfEach keeps of the values of a type those that differ, and no more of them
// than show all there is.
func fewOfEach(list []subject) []subject {
	count, seen := map[string]int{}, map[string]bool{}
	return slices.DeleteFunc(list, func(s subject) bool {
		text := fmt.Sprintf("%s %T %v", s.name, s.value, s.value)
		_, isError := s.value.(error)
		again := isError && seen[text] || s.name != "" && count[s.name] >= 12
		seen[text] = true
		count[s.name]++
		return again
	})
}

func TestFault58And59_secretsPrintNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.search(t, "before any call")
	w.work(t)
	w.search(t, "after calls")
	if found := w.marks.in(w.log.String()); len(found) > 0 || w.log.Len() == 0 {
		t.Errorf("the log of %d bytes has %q", w.log.Len(), found)
	}
}

// search prints every subject in all ways, and looks into those that were built.
func (w *world) search(t *testing.T, when string) {
	t.Helper()
	leaks := map[string]bool{} // one line a type and form
	prints := 0
	for _, s := range w.subjects() {
		for _, form := range s.forms {
			prints++
			if found := w.marks.in(s.printed(form)); len(found) > 0 {
				leaks[fmt.Sprintf("%s as %T: %q", s.name, form, found)] = true
			}
		}
		if s.open {
			continue
		}
		r := reach{marks: w.marks, seen: map[visit]bool{}}
		r.walk(s.name, reflect.ValueOf(s.value))
		for _, found := range r.found {
			leaks["reached "+found] = true
		}
	}
	for leak := range leaks {
		t.Errorf("%s: %s", when, leak)
	}
	t.Logf("%s: %d forms under %d verbs", when, prints, len(verbs)+len(unfit))
}

// The search must find what is there: each way in which fmt, slog and the
// encoders write a text.
func TestFault58_theSearchFindsAMark(t *testing.T) {
	t.Parallel()
	m := newMarks()
	text := []byte("x" + alarmPassword + "y")
	for name, out := range map[string]string{
		"bare":        string(text),
		"%d of bytes": fmt.Sprintf("%d", text),
		"%#v":         fmt.Sprintf("%#v", text),
		"%x":          hex.EncodeToString(text),
		"%X":          fmt.Sprintf("%X", text),
		"% X":         fmt.Sprintf("% X", text),
		"%o":          fmt.Sprintf("%o", text),
		"base64 0":    base64.StdEncoding.EncodeToString(text[1:]),
		"base64 1":    base64.StdEncoding.EncodeToString(text),
		"base64 2":    base64.StdEncoding.EncodeToString(append([]byte("z"), text...)),
	} {
		if len(m.in(out)) == 0 {
			t.Errorf("%s: nothing is found in %s", name, out)
		}
	}
	type keeper struct {
		any any
		buf *bytes.Buffer
	}
	for name, v := range map[string]any{
		"field": hidden[string]{alarmPassword}, "bytes": keeper{buf: bytes.NewBuffer(text)}, "map key": map[string]int{alarmPassword: 1},
		"any": keeper{any: []any{&hidden[string]{alarmPassword}}},
	} {
		r := reach{marks: m, seen: map[visit]bool{}}
		if r.walk(name, reflect.ValueOf(v)); len(r.found) == 0 {
			t.Errorf("%s: nothing is reached", name)
		}
	}
	s := built(hidden[string]{alarmPassword})
	for _, form := range s.forms {
		if out := s.printed(form); len(m.in(out)) == 0 && !strings.Contains(fmt.Sprintf("%T", form), "*") {
			t.Errorf("nothing is found in a %T", form)
		}
	}
}
