package sqlstore

// scopeStatements are about scopes and their leases.
type scopeStatements struct {
	addScope, lockScope, lockScopes, lockScopeOfRun string
	takeLease, keepLease, extendLease, endLease     string
	checkpointScope, setOpen, nameAmendment         string
	conflicts                                       string
	closeScope, moveRecords, moveExceptions         string
	moveBlocks, moveRuns, setMerged                 string
}

// lockScopeSQL reads scopes that cond names. The rows are locked inside the WITH,
// so that the clock is read after the wait for the lock, not before it. durable
// has no meaning as a column. The open batch is left out where it is remembered.
func lockScopeSQL(cond string) string {
	return `
WITH s AS MATERIALIZED (SELECT * FROM {p}scopes WHERE ` + cond + ` {lock})
SELECT s.id, s.account, s.kind, s.moved_to, s.epoch, s.run, s.owner, s.quiet, s.expires, s.released,
 s.called, s.amended, s.committed, s.seq, s.states, s.matched,
 CASE WHEN s.epoch = ? AND s.seq = ? AND s.amended = ? THEN '' ELSE s.open END, {clock}, {durable} FROM s`
}

// conflictsSQL finds the ids of a scope that another one holds too.
const conflictsSQL = `
SELECT f.id FROM (SELECT id FROM {p}records WHERE scope = ? UNION SELECT id FROM {p}exceptions WHERE scope = ?) f
WHERE EXISTS (SELECT 1 FROM {p}records o WHERE o.scope = ? AND o.id = f.id)
 OR EXISTS (SELECT 1 FROM {p}exceptions o WHERE o.scope = ? AND o.id = f.id)
ORDER BY f.id`

func newScopeStatements(t func(string) string) scopeStatements {
	return scopeStatements{
		addScope:       t(`INSERT INTO {p}scopes (account, kind) VALUES (?, ?) ON CONFLICT (account, kind) DO NOTHING`),
		lockScope:      t(lockScopeSQL(`account = ? AND kind = ?`)),
		lockScopes:     t(lockScopeSQL(`account IN (?, ?) AND kind = ? ORDER BY id`)),
		lockScopeOfRun: t(lockScopeSQL(`id = (SELECT r.scope FROM {p}runs r WHERE r.id = ?)`)),

		takeLease: t(`UPDATE {p}scopes SET epoch = ?, run = ?, owner = ?, quiet = ?, expires = ?, released = 0, called = ?,
 seq = 0, states = 'null', open = 'null' WHERE id = ?`),
		keepLease:   t(`UPDATE {p}scopes SET expires = ?, called = ? WHERE id = ?`),
		extendLease: t(`UPDATE {p}scopes SET expires = ? WHERE id = ?`),
		endLease:    t(`UPDATE {p}scopes SET released = 1, expires = ? WHERE id = ?`),

		checkpointScope: t(`UPDATE {p}scopes SET seq = ?, states = ?, open = ?, matched = ?, committed = ? WHERE id = ?`),
		setOpen:         t(`UPDATE {p}scopes SET open = ? WHERE id = ?`),
		nameAmendment:   t(`UPDATE {p}scopes SET amended = ? WHERE id = ?`),

		conflicts:      t(conflictsSQL),
		moveRecords:    t(`UPDATE {p}records SET scope = ? WHERE scope = ?`),
		moveExceptions: t(`UPDATE {p}exceptions SET scope = ? WHERE scope = ?`),
		moveBlocks:     t(`UPDATE {p}blocks SET scope = ? WHERE scope = ?`),
		moveRuns:       t(`UPDATE {p}runs SET scope = ? WHERE scope = ?`),
		closeScope: t(`UPDATE {p}scopes SET moved_to = ?, run = NULL, released = 1, seq = 0, open = 'null', matched = 'null'
 WHERE id = ?`),
		setMerged: t(`UPDATE {p}scopes SET epoch = ?, run = ?, owner = ?, quiet = ?, expires = ?, released = ?, seq = ?, states = ?,
 matched = ?, committed = ? WHERE id = ?`),
	}
}
