package importui

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/securitytrax/adcimport"
)

const (
	lookEvery  = time.Second
	aliveEvery = 15 // looks without news, after which a sign of life is sent
)

// events streams the progress of a run, until it ended, who watches left, or the
// handler is closed.
func (v *visit) events() error {
	info, err := v.imp.LookupRun(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if !v.streams.enter(v.who.ID) {
		return errTooMany
	}
	defer v.streams.leave(v.who.ID)
	ctx, leave, err := v.jobs.attend(v.ctx())
	if err != nil {
		return err
	}
	defer leave()
	v.kind = info.Kind
	control := http.NewResponseController(v.w)
	_ = control.SetWriteDeadline(time.Time{}) // a stream lasts; where there is none, nothing is lost
	v.w.Header().Set("Content-Type", "text/event-stream")
	v.w.Header().Set("Cache-Control", "no-store")
	v.w.Header().Set("X-Accel-Buffering", "no")
	v.w.WriteHeader(http.StatusOK)
	_ = v.stream(ctx, control, info) // the status is sent: who watches asks again by itself
	return nil
}

func (v *visit) stream(ctx context.Context, control *http.ResponseController, info adcimport.RunInfo) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	last, silent := "", 0
	for {
		text, err := v.progressPart(&info) //nolint:contextcheck // a visit has the context of its request
		if err != nil {
			return err
		}
		switch silent++; {
		case text != last:
			last, silent = text, 0
			err = event(v.w, "progress", text)
		case silent >= aliveEvery:
			silent = 0
			_, err = fmt.Fprint(v.w, ": alive\n\n")
		}
		if err == nil && info.Status.Ended() {
			err = event(v.w, "end", "")
		}
		if err == nil {
			err = control.Flush()
		}
		if err != nil || info.Status.Ended() {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
		if info, err = v.imp.LookupRun(ctx, info.RunID); err != nil {
			return err
		}
	}
}

// progressPart is the part of the page that moves.
func (v *visit) progressPart(info *adcimport.RunInfo) (string, error) {
	p := page{Body: runBody{R: v.viewOf(info)}}
	v.fill(&p)
	var out bytes.Buffer
	err := v.views.part(&out, "run", "progress", &p)
	return out.String(), err
}

// event writes one event.
func event(w http.ResponseWriter, name, data string) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "event: %s\n", name)
	for line := range bytes.Lines([]byte(data)) {
		fmt.Fprintf(&out, "data: %s\n", bytes.TrimRight(line, "\r\n"))
	}
	if data == "" {
		out.WriteString("data:\n")
	}
	out.WriteByte('\n')
	_, err := w.Write(out.Bytes())
	return err
}
