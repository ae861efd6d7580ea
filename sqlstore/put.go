package sqlstore

import (
	"context"
	"fmt"

	"github.com/securitytrax/adcimport/ledger"
)

// change is what becomes of a record.
type change struct {
	old    storedRecord
	next   ledger.Record
	at     pointer // to its last outcome from now on
	passed pointer // to an outcome that next has no room for either
	erased bool    // its rows go, and nothing is kept of them
	forgot bool    // by a person: what runs decided goes, but for its place
}

// isException reports whether there is more to store than that it is known.
func (c *change) isException() bool {
	r := c.next
	if r.Known {
		r.Known, r.SinkID, r.Fingerprint, r.RunID = false, "", "", ""
	}
	r.Here = ledger.Verdict{}
	return r != ledger.Record{ID: r.ID}
}

func (c *change) addKnown(l *jsonText) {
	r := &c.next
	l.row(r.ID, nullable(c.at.run), nullable(c.at.block), c.at.text(), r.SinkID, packFingerprint(r.Fingerprint))
}

// addException leaves to the row of a known record what that one has.
func (c *change) addException(l *jsonText) {
	r := c.next
	at := c.at
	if r.Known {
		r.SinkID, r.Fingerprint, at = "", "", pointer{}
	}
	var since int64
	if !r.Since.IsZero() {
		since = r.Since.UnixMicro()
	}
	l.row(r.ID, nullable(at.run), nullable(at.block), at.text(), string(r.State), since, r.Sent, r.Unproved, r.Attempts, r.Generation,
		r.Setup, r.Evidence, r.Decision, r.SinkID, packFingerprint(r.Fingerprint))
}

// text is the verdict; NULL where it points nowhere.
func (p pointer) text() *string {
	if p.run == 0 {
		return nil
	}
	return &p.verdict
}

// addDecided keeps what a run that may go on decided about a record that points
// to another run's outcome from now on. Of one that was forgotten, only the place
// is kept.
func (c *change) addDecided(l *jsonText) {
	if c.erased {
		return
	}
	for _, p := range []pointer{c.old.at, c.passed} {
		if !p.counts() || p.run == c.at.run {
			continue
		}
		if c.forgot {
			p.verdict = ""
		}
		l.row(p.run, c.next.ID, p.block, p.verdict)
	}
}

// putting is changed records on their way into the tables.
type putting struct {
	size                             int // how many there are, at most
	known, same, exceptions, decided jsonText
	at                               pointer // of those in same
	noLongerKnown, settled           []string
}

func newPutting(size int) *putting { return &putting{size: size} }

func (p *putting) add(c *change) {
	switch {
	case c.next.Known && c.at.run != 0 && (p.same.Len() == 0 || c.at == p.at):
		if p.same.Len() == 0 {
			p.at = c.at
			p.same.Grow(70 * p.size)
		}
		p.same.row(c.next.ID, c.next.SinkID, packFingerprint(c.next.Fingerprint))
	case c.next.Known:
		c.addKnown(&p.known)
	case c.old.Known:
		p.noLongerKnown = append(p.noLongerKnown, c.old.ID)
	}
	switch {
	case c.isException():
		c.addException(&p.exceptions)
	case c.old.exception:
		p.settled = append(p.settled, c.old.ID)
	}
	c.addDecided(&p.decided)
}

// put stores changed records.
func (s *Store) put(ctx context.Context, tx querier, scope int64, list []change) error {
	p := newPutting(len(list))
	for i := range list {
		p.add(&list[i])
	}
	return s.store(ctx, tx, scope, p)
}

// store stores changed records, with a few statements at most.
func (s *Store) store(ctx context.Context, tx querier, scope int64, p *putting) error {
	for _, step := range []struct {
		doing     string
		some      bool
		statement string
		args      func() []any
	}{
		{"keep what other runs decided", p.decided.Len() > 0, s.sql.putDecided, func() []any { return []any{p.decided.array()} }},
		{"store known records", p.same.Len() > 0, s.sql.putSame, func() []any {
			return []any{scope, p.at.run, p.at.block, p.at.verdict, p.same.array()}
		}},
		{"store known records", p.known.Len() > 0, s.sql.putKnown, func() []any { return []any{scope, p.known.array()} }},
		{"store exceptions", p.exceptions.Len() > 0, s.sql.putExceptions, func() []any { return []any{scope, p.exceptions.array()} }},
		{"forget known records", len(p.noLongerKnown) > 0, s.sql.dropKnown, func() []any { return []any{jsonRows(p.noLongerKnown), scope} }},
		{"end exceptions", len(p.settled) > 0, s.sql.dropExceptions, func() []any { return []any{jsonRows(p.settled), scope} }},
	} {
		if !step.some {
			continue
		}
		if _, err := tx.ExecContext(ctx, step.statement, step.args()...); err != nil {
			return fmt.Errorf("%s: %w", step.doing, err)
		}
	}
	return nil
}
