package sqlstore

// runStatements are about runs and notices.
type runStatements struct {
	addRun, addSettings, setRun, interruptRuns        string
	run, runByNumber, place, checkpointRun, renewRun  string
	releasedBy, setAsked                              string
	runs, runsOfLink, unendedRuns, unendedRunsOfLink  string
	notice, putNotice, lockLink                       string
	prunable, pruneBlocks, pruneDecided, pruneNotices string
	pruneSettings, buryRuns, pruneRuns                string
}

// runSQL reads runs. expires is that of the lease that the run holds.
const runSQL = `
SELECT r.number, r.scope, r.id, r.link, r.kind, r.dry_run, r.retry_of, r.started, r.status, r.driver, r.finished, r.paused_until,
 r.asked, r.epoch, r.starts, r.pass, r.cursor, r.listed, r.total, r.tally, r.passing, r.progress_read, r.progress_total,
 r.owner, r.heartbeat, r.warnings, r.failure, c.filter, c.options, c.labels,
 (SELECT {names} FROM (SELECT n.name FROM {p}notices n WHERE n.run = r.number AND n.told IS NOT NULL ORDER BY n.told) t),
 CASE WHEN s.run = r.number AND s.released = 0 THEN s.expires END, {clock}
FROM {p}runs r LEFT JOIN {p}scopes s ON s.id = r.scope LEFT JOIN {p}settings c ON c.run = r.number
WHERE `

const runsEnd = ` AND (r.kind = ? OR '' = ?) AND r.number < ? ORDER BY r.number DESC LIMIT ?`

const addRunSQL = `
INSERT INTO {p}runs (id, link, kind, dry_run, retry_of, started, scope, status, ended, driver, finished, paused_until,
 asked, epoch, starts, pass, cursor, listed, total, tally, passing, progress_read, progress_total, owner, heartbeat,
 warnings, failure)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING RETURNING number`

const setRunSQL = `
UPDATE {p}runs SET scope = ?, status = ?, ended = ?, driver = ?, finished = ?, paused_until = ?, asked = ?, epoch = ?, starts = ?,
 pass = ?, cursor = ?, listed = ?, total = ?, tally = ?, passing = ?, progress_read = ?, progress_total = ?, owner = ?,
 heartbeat = ?, warnings = ?, failure = ?, released_by = ? WHERE number = ?`

const checkpointRunSQL = `
UPDATE {p}runs SET cursor = ?, listed = ?, total = ?, tally = ?, passing = ?, progress_read = ?, progress_total = ?,
 starts = ?, heartbeat = ?, blocks = ?, places = ?, failure = COALESCE(?, failure) WHERE number = ?`

// prunableSQL leaves out what an unended run retries.
const prunableSQL = `
SELECT r.number FROM {p}runs r WHERE r.link = ? AND r.ended = 1 AND r.finished IS NOT NULL AND r.finished < ?
 AND NOT EXISTS (SELECT 1 FROM {p}runs u WHERE u.ended = 0 AND u.retry_of = r.id) ORDER BY r.number`

func newRunStatements(t func(string) string) runStatements {
	return runStatements{
		addRun:      t(addRunSQL),
		addSettings: t(`INSERT INTO {p}settings (run, filter, options, labels) VALUES (?, ?, ?, ?)`),
		setRun:      t(setRunSQL),
		interruptRuns: t(`UPDATE {p}runs SET status = 'interrupted' WHERE scope = ? AND ended = 0 AND status = 'running'
 AND number <> ?`),
		run:           t(runSQL + `r.id = ?`),
		runByNumber:   t(runSQL + `r.number = ?`),
		place:         t(`SELECT id, cursor, listed, total, blocks, places FROM {p}runs WHERE number = ?`),
		checkpointRun: t(checkpointRunSQL),
		renewRun: t(`UPDATE {p}runs SET heartbeat = ?, progress_read = ?, progress_total = ? WHERE number = ?
 RETURNING asked`),
		releasedBy: t(`SELECT released_by FROM {p}runs WHERE id = ?`),
		setAsked:   t(`UPDATE {p}runs SET asked = ? WHERE number = ?`),

		runs:              t(runSQL + `true` + runsEnd),
		runsOfLink:        t(runSQL + `r.link = ?` + runsEnd),
		unendedRuns:       t(runSQL + `r.ended = 0` + runsEnd),
		unendedRunsOfLink: t(runSQL + `r.ended = 0 AND r.link = ?` + runsEnd),

		notice: t(`SELECT claimed, told, called, (SELECT COALESCE(MAX(n.told), 0) + 1 FROM {p}notices n WHERE n.run = ?)
FROM (SELECT 1 AS one) o {probe notices m: m.run = ? AND m.name = ?}`),
		putNotice: t(`INSERT INTO {p}notices (run, name, claimed, told, called) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (run, name) DO UPDATE SET claimed = excluded.claimed, told = excluded.told, called = excluded.called`),

		lockLink: t(`SELECT s.id FROM {p}scopes s WHERE s.id IN (SELECT r.scope FROM {p}runs r WHERE r.link = ?)
 ORDER BY s.id {lock}`),
		prunable:      t(prunableSQL),
		pruneBlocks:   t(`DELETE FROM {p}blocks WHERE run IN (SELECT j.number FROM {rows number integer} AS j)`),
		pruneDecided:  t(`DELETE FROM {p}decided WHERE run IN (SELECT j.number FROM {rows number integer} AS j)`),
		pruneNotices:  t(`DELETE FROM {p}notices WHERE run IN (SELECT j.number FROM {rows number integer} AS j)`),
		pruneSettings: t(`DELETE FROM {p}settings WHERE run IN (SELECT j.number FROM {rows number integer} AS j)`),
		buryRuns: t(`INSERT INTO {p}pruned (number, id) SELECT r.number, r.id FROM {p}runs r
 WHERE r.number IN (SELECT j.number FROM {rows number integer} AS j)`),
		pruneRuns: t(`DELETE FROM {p}runs WHERE number IN (SELECT j.number FROM {rows number integer} AS j)`),
	}
}
