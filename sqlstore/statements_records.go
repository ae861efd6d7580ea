package sqlstore

// recordStatements are about records, exceptions, blocks and what runs decided.
type recordStatements struct {
	lookUp                            string
	putKnown, putSame                 string
	putExceptions, putDecided         string
	dropKnown, dropExceptions, forget string
	putBlock, putBlocks               string
	blocks, firstBlock                string
	outcomes, newest, dropDecided     string
	exceptionsByState, knownByID      string
}

// lookUpSQL has a row for each id of which anything is stored, and for an empty one,
// which has the open batch, unless that is remembered. A value for each known record
// costs more than looking for it, so that what is nearly always the same is NULL.
const lookUpSQL = `
WITH s AS MATERIALIZED (SELECT id, CASE WHEN epoch = ? AND seq = ? AND amended = ? THEN '' ELSE open END AS open
 FROM {p}scopes WHERE account = ? AND kind = ?),
 a AS MATERIALIZED (SELECT number FROM {p}runs WHERE id = ? AND scope = (SELECT id FROM s))
SELECT j.id, CASE WHEN j.id = '' THEN (SELECT open FROM s) END, k.sink_id, k.fingerprint,
 x.state, x.since, x.sent, x.unproved, x.attempts, x.generation, x.setup, x.evidence, x.decision, x.sink_id, x.fingerprint,
 COALESCE(k.run, x.run), COALESCE(k.block, x.block), COALESCE(k.verdict, x.verdict),
 COALESCE(r.id, (SELECT g.id FROM {p}pruned g WHERE g.number = COALESCE(k.run, x.run))), NULLIF(r.status, 'completed'),
 d.block, d.verdict, CASE WHEN COALESCE(k.run, x.run) = (SELECT number FROM a) THEN 1 END
FROM {ids} AS j
{probe records k: k.scope = (SELECT id FROM s) AND k.id = j.id}
{probe exceptions x: x.scope = (SELECT id FROM s) AND x.id = j.id}
{probe runs r: r.number = COALESCE(k.run, x.run)}
{probe decided d: d.run = (SELECT number FROM a) AND d.id = j.id}
WHERE j.id = '' OR k.id IS NOT NULL OR x.id IS NOT NULL OR d.id IS NOT NULL`

const putKnownSQL = `
INSERT INTO {p}records (scope, id, run, block, verdict, sink_id, fingerprint)
SELECT CAST(? AS INTEGER), r.id, r.run, r.block, r.verdict, r.sink_id, r.fingerprint
FROM {rows id text, run integer, block integer, verdict text, sink_id text, fingerprint hex} AS r WHERE true` + knownAgain

// putSameSQL is putKnownSQL for records of one block and one verdict, as those of a
// commit nearly always are.
const putSameSQL = `
INSERT INTO {p}records (scope, id, run, block, verdict, sink_id, fingerprint)
SELECT CAST(? AS INTEGER), r.id, CAST(? AS INTEGER), CAST(? AS INTEGER), CAST(? AS TEXT), r.sink_id, r.fingerprint
FROM {rows id text, sink_id text, fingerprint hex} AS r WHERE true` + knownAgain

// knownAgain is for records that are known.
const knownAgain = `
ON CONFLICT (scope, id) DO UPDATE SET run = excluded.run, block = excluded.block, verdict = excluded.verdict,
 sink_id = excluded.sink_id, fingerprint = excluded.fingerprint`

const putExceptionsSQL = `
INSERT INTO {p}exceptions (scope, id, run, block, verdict, state, since, sent, unproved, attempts, generation,
 setup, evidence, decision, sink_id, fingerprint)
SELECT CAST(? AS INTEGER), r.id, r.run, r.block, r.verdict, r.state, r.since, r.sent, r.unproved, r.attempts, r.generation,
 r.setup, r.evidence, r.decision, r.sink_id, r.fingerprint
FROM {rows id text, run integer, block integer, verdict text, state text, since bigint, sent integer, unproved integer, ` +
	`attempts integer, generation integer, setup text, evidence text, decision text, sink_id text, fingerprint hex} AS r
WHERE true
ON CONFLICT (scope, id) DO UPDATE SET run = excluded.run, block = excluded.block, verdict = excluded.verdict,
 state = excluded.state, since = excluded.since, sent = excluded.sent, unproved = excluded.unproved,
 attempts = excluded.attempts, generation = excluded.generation, setup = excluded.setup, evidence = excluded.evidence,
 decision = excluded.decision, sink_id = excluded.sink_id, fingerprint = excluded.fingerprint`

const putDecidedSQL = `
INSERT INTO {p}decided (run, id, block, verdict)
SELECT r.run, r.id, r.block, r.verdict FROM {rows run integer, id text, block integer, verdict text} AS r WHERE true
ON CONFLICT (run, id) DO UPDATE SET block = excluded.block, verdict = excluded.verdict`

const putBlockSQL = `
INSERT INTO {p}blocks (run, scope, block, committed_at, first, outcomes, confirmed) VALUES (?, ?, ?, ?, ?, ?, ?)` + blockAgain

// blockAgain is for a block that is there.
const blockAgain = `
ON CONFLICT (run, block) DO UPDATE SET outcomes = excluded.outcomes, confirmed = excluded.confirmed`

const putBlocksSQL = `
INSERT INTO {p}blocks (run, block, scope, committed_at, first, outcomes, confirmed)
SELECT CAST(? AS INTEGER), r.block, CAST(? AS INTEGER), r.committed_at, r.first, r.outcomes, r.confirmed
FROM {rows block integer, committed_at bigint, first bigint, outcomes jsonb, confirmed jsonb} AS r WHERE true` + blockAgain

func newRecordStatements(t func(string) string) recordStatements {
	return recordStatements{
		lookUp:         t(lookUpSQL),
		putKnown:       t(putKnownSQL),
		putSame:        t(putSameSQL),
		putExceptions:  t(putExceptionsSQL),
		putDecided:     t(putDecidedSQL),
		dropKnown:      t(`{remove records}`),
		dropExceptions: t(`{remove exceptions}`),
		forget: t(`UPDATE {p}decided SET verdict = '' WHERE run IN (SELECT r.number FROM {p}runs r WHERE r.scope = ?)
 AND id IN (SELECT j.id FROM {ids} AS j)`),
		dropDecided: t(`DELETE FROM {p}decided WHERE run = ?`),

		putBlock:  t(putBlockSQL),
		putBlocks: t(putBlocksSQL),
		blocks: t(`SELECT b.block, b.committed_at, b.first, b.outcomes, b.confirmed FROM {rows block integer} AS j
{probe blocks b: b.run = ? AND b.block = j.block} WHERE b.block IS NOT NULL`),
		firstBlock: t(`SELECT block FROM {p}blocks WHERE run = ? AND first <= ? ORDER BY first DESC, block DESC LIMIT 1`),
		outcomes: t(`SELECT block, committed_at, first, outcomes, confirmed FROM {p}blocks WHERE run = ? AND block >= ?
 ORDER BY block LIMIT ?`),
		newest: t(`SELECT b.run, b.block, b.committed_at, b.first, b.outcomes, b.confirmed FROM {p}blocks b
WHERE b.scope = (SELECT s.id FROM {p}scopes s WHERE s.account = ? AND s.kind = ?)
 AND (b.committed_at, b.run, b.block) < (?, ?, ?) ORDER BY b.committed_at DESC, b.run DESC, b.block DESC LIMIT ?`),

		exceptionsByState: t(`SELECT x.since, x.id FROM {p}exceptions x
WHERE x.scope = (SELECT s.id FROM {p}scopes s WHERE s.account = ? AND s.kind = ?) AND x.state = ? AND x.state <> ''
 AND (x.since, x.id) > (?, ?) ORDER BY x.since, x.id LIMIT ?`),
		knownByID: t(`SELECT k.id FROM {p}records k
WHERE k.scope = (SELECT s.id FROM {p}scopes s WHERE s.account = ? AND s.kind = ?) AND k.id > ? ORDER BY k.id LIMIT ?`),
	}
}
