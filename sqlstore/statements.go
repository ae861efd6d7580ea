package sqlstore

import (
	"regexp"
	"strconv"
	"strings"
)

// statements is all the SQL there is, in the words of one dialect. A list of
// records is one parameter, a JSON array of arrays ({rows ...} makes a table of
// it), so that a statement is the same for one record and for ten thousand.
type statements struct {
	// leases
	addLease, lockLease, setLease, renewLease, releaseLease, nameCall string
	// records
	known, intentStates, addIntents, inDoubt                     string
	addKnown, dropIntents, dropParked, addParked                 string
	addOutcomes, outcomes                                        string
	reopenRun, addRun, interruptRun, endRun, checkpoint, endedBy string
	run, runs, runSeq, lockNotified, setNotified                 string
	prunable, pruneOutcomes, pruneRuns                           string
	createVersion, addVersion, version, setVersion, has          string
}

// A lease row is locked inside the WITH, so that the clock is read after the
// wait for the lock, not before it. durable has no meaning as a column.
const lockLeaseSQL = `
WITH l AS MATERIALIZED (SELECT * FROM {p}leases WHERE link = ? AND kind = ? {lock})
SELECT l.scope, l.run_id, l.owner, l.epoch, l.heartbeat, l.expires, l.released, l.call, {clock}, {durable} FROM l`

const runColumns = `run_id, link, kind, status, dry_run, started, finished, paused_until, counts, by_reason, warnings,
 filter, options, cursor, listed, notified, seq`

// intentStatesSQL has a row for every record of which something is stored.
const intentStatesSQL = `
SELECT j.id, COALESCE(i.epoch, 0), COALESCE(i.call, ''), COALESCE(i.state, 0),
 CASE WHEN k.id IS NULL THEN 0 ELSE 1 END, CASE WHEN p.id IS NULL THEN 0 ELSE 1 END,
 CASE WHEN o.source_id IS NULL THEN 0 ELSE 1 END
FROM {rows id text} AS j
LEFT JOIN {p}intents i ON i.scope = ? AND i.id = j.id
LEFT JOIN {p}known k ON k.scope = ? AND k.id = j.id
LEFT JOIN {p}parked p ON p.scope = ? AND p.id = j.id
LEFT JOIN {p}outcomes o ON o.run = ? AND o.source_id = j.id
WHERE i.id IS NOT NULL OR k.id IS NOT NULL OR p.id IS NOT NULL OR o.source_id IS NOT NULL`

const addIntentsSQL = `
INSERT INTO {p}intents (scope, id, fingerprint, since, epoch, call, state)
SELECT CAST(? AS BIGINT), r.id, r.fingerprint, CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT), r.state
FROM {rows id text, fingerprint text, state bigint} AS r WHERE true
ON CONFLICT (scope, id) DO UPDATE SET fingerprint = excluded.fingerprint, since = excluded.since,
 epoch = excluded.epoch, call = excluded.call, state = excluded.state`

const addKnownSQL = `
INSERT INTO {p}known (scope, id, sink_id, fingerprint, run_id)
SELECT CAST(? AS BIGINT), r.id, r.sink_id, r.fingerprint, CAST(? AS TEXT)
FROM {rows id text, sink_id text, fingerprint text} AS r WHERE true
ON CONFLICT (scope, id) DO UPDATE SET sink_id = excluded.sink_id, fingerprint = excluded.fingerprint,
 run_id = excluded.run_id`

const addParkedSQL = `
INSERT INTO {p}parked (scope, id)
SELECT CAST(? AS BIGINT), r.id FROM {rows id text} AS r WHERE true ON CONFLICT (scope, id) DO NOTHING`

// An outcome that takes the place of another keeps its number.
const addOutcomesSQL = `
INSERT INTO {p}outcomes (run, source_id, n, sink_id, action, reason, fields, at)
SELECT CAST(? AS BIGINT), r.source_id, r.n, r.sink_id, r.action, r.reason, r.fields, r.at
FROM {rows source_id text, n bigint, sink_id text, action text, reason text, fields text, at bigint} AS r WHERE true
ON CONFLICT (run, source_id) DO UPDATE SET sink_id = excluded.sink_id, action = excluded.action,
 reason = excluded.reason, fields = excluded.fields, at = excluded.at`

const addRunSQL = `
INSERT INTO {p}runs (run_id, link, kind, status, dry_run, started, finished, paused_until, counts, by_reason,
 warnings, filter, options, cursor, listed, notified)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_id) DO NOTHING`

const endRunSQL = `
UPDATE {p}runs SET status = ?, dry_run = ?, started = ?, finished = ?, paused_until = ?, counts = ?, by_reason = ?,
 warnings = ?, released_by = ? WHERE run_id = ?`

const prunableSQL = `
SELECT seq FROM {p}runs WHERE link = ? AND status NOT IN ('running', 'interrupted', 'paused')
 AND finished IS NOT NULL AND finished < ? ORDER BY seq {lock}`

func newStatements(d dialect, prefix string) statements {
	t := translator(d, prefix)
	return statements{
		addLease:  t(`INSERT INTO {p}leases (link, kind) VALUES (?, ?) ON CONFLICT (link, kind) DO NOTHING`),
		lockLease: t(lockLeaseSQL),
		setLease: t(`UPDATE {p}leases SET run_id = ?, owner = ?, epoch = ?, heartbeat = ?, expires = ?, released = 0,
 call = ? WHERE scope = ?`),
		renewLease:   t(`UPDATE {p}leases SET heartbeat = ?, expires = ? WHERE scope = ?`),
		releaseLease: t(`UPDATE {p}leases SET released = 1, expires = ? WHERE scope = ?`),
		nameCall:     t(`UPDATE {p}leases SET call = ? WHERE scope = ?`),

		known: t(`SELECT k.id, k.sink_id, k.fingerprint, k.run_id FROM {p}leases l JOIN {p}known k ON k.scope = l.scope
WHERE l.link = ? AND l.kind = ? AND k.id IN (SELECT j.id FROM {rows id text} AS j)`),
		intentStates: t(intentStatesSQL),
		addIntents:   t(addIntentsSQL),
		inDoubt: t(`SELECT i.id, i.fingerprint, i.since FROM {p}leases l JOIN {p}intents i ON i.scope = l.scope
WHERE l.link = ? AND l.kind = ? AND i.id > ? ORDER BY i.id LIMIT ?`),
		addKnown:    t(addKnownSQL),
		dropIntents: t(`DELETE FROM {p}intents WHERE scope = ? AND id IN (SELECT j.id FROM {rows id text} AS j)`),
		dropParked:  t(`DELETE FROM {p}parked WHERE scope = ? AND id IN (SELECT j.id FROM {rows id text} AS j)`),
		addParked:   t(addParkedSQL),

		addOutcomes: t(addOutcomesSQL),
		outcomes: t(`SELECT o.n, r.kind, o.source_id, o.sink_id, o.action, o.reason, o.fields, o.at
FROM {p}outcomes o JOIN {p}runs r ON r.seq = o.run WHERE o.run = ? AND o.n > ? ORDER BY o.n LIMIT ?`),

		reopenRun: t(`UPDATE {p}runs SET status = 'running', finished = NULL, paused_until = NULL
WHERE run_id = ? AND link = ? AND kind = ?`),
		addRun:       t(addRunSQL),
		interruptRun: t(`UPDATE {p}runs SET status = 'interrupted' WHERE run_id = ? AND status = 'running'`),
		endRun:       t(endRunSQL),
		checkpoint: t(`UPDATE {p}runs SET cursor = ?, listed = ?, counts = ?, by_reason = ?,
 outcome_count = outcome_count + ? WHERE run_id = ? RETURNING seq, outcome_count`),
		endedBy:      t(`SELECT released_by FROM {p}runs WHERE run_id = ?`),
		run:          t(`SELECT ` + runColumns + ` FROM {p}runs WHERE run_id = ?`),
		runs:         t(`SELECT ` + runColumns + ` FROM {p}runs WHERE link = ? AND seq < ? ORDER BY seq DESC LIMIT ?`),
		runSeq:       t(`SELECT seq FROM {p}runs WHERE run_id = ?`),
		lockNotified: t(`SELECT notified FROM {p}runs WHERE run_id = ? {lock}`),
		setNotified:  t(`UPDATE {p}runs SET notified = ? WHERE run_id = ?`),

		prunable:      t(prunableSQL),
		pruneOutcomes: t(`DELETE FROM {p}outcomes WHERE run IN (SELECT j.seq FROM {rows seq bigint} AS j)`),
		pruneRuns:     t(`DELETE FROM {p}runs WHERE seq IN (SELECT j.seq FROM {rows seq bigint} AS j)`),

		createVersion: t(`CREATE TABLE {p}schema_version (version BIGINT NOT NULL)`),
		addVersion:    t(`INSERT INTO {p}schema_version (version) VALUES (?)`),
		version:       t(`SELECT version FROM {p}schema_version`),
		setVersion:    t(`UPDATE {p}schema_version SET version = ?`),
		has:           t(d.hasTable()),
	}
}

// column of a {rows ...} table.
type column struct{ name, kind string }

// rowsForm is the place of a list of records in a statement.
var rowsForm = regexp.MustCompile(`\{rows ([^}]*)\}`)

// translator puts the words of a dialect in the place of the tokens.
func translator(d dialect, prefix string) func(string) string {
	lock, clock, durable := d.tokens()
	tokens := strings.NewReplacer("{p}", prefix, "{lock}", lock, "{clock}", clock, "{durable}", durable)
	return func(text string) string {
		text = rowsForm.ReplaceAllStringFunc(text, func(m string) string {
			var cols []column
			for part := range strings.SplitSeq(rowsForm.FindStringSubmatch(m)[1], ", ") {
				name, kind, _ := strings.Cut(part, " ")
				cols = append(cols, column{name, kind})
			}
			return d.rows(cols)
		})
		text = tokens.Replace(text)
		if d.numbered() {
			text = numberParameters(text)
		}
		return text
	}
}

// numberParameters writes $1, $2 for each ?. No statement has another ?.
func numberParameters(text string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		n++
		b.WriteString("$" + strconv.Itoa(n))
	}
	return b.String()
}
