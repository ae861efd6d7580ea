CREATE TABLE {p}leases (
    scope     INTEGER PRIMARY KEY,
    link      TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    run_id    TEXT    NOT NULL DEFAULT '',
    owner     TEXT    NOT NULL DEFAULT '',
    epoch     INTEGER NOT NULL DEFAULT 0,
    heartbeat INTEGER NOT NULL DEFAULT 0,
    expires   INTEGER NOT NULL DEFAULT 0,
    released  INTEGER NOT NULL DEFAULT 0,
    call      TEXT    NOT NULL DEFAULT '',
    UNIQUE (link, kind)
);

CREATE TABLE {p}runs (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id        TEXT    NOT NULL UNIQUE,
    link          TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    dry_run       INTEGER NOT NULL,
    started       INTEGER,
    finished      INTEGER,
    paused_until  INTEGER,
    counts        TEXT    NOT NULL,
    by_reason     TEXT    NOT NULL,
    warnings      TEXT    NOT NULL,
    filter        BLOB,
    options       BLOB,
    cursor        BLOB    NOT NULL,
    listed        INTEGER NOT NULL,
    notified      TEXT    NOT NULL,
    outcome_count INTEGER NOT NULL DEFAULT 0,
    released_by   TEXT    NOT NULL DEFAULT ''
);

CREATE INDEX {p}runs_by_link ON {p}runs (link, seq);

CREATE TABLE {p}known (
    scope       INTEGER NOT NULL,
    id          TEXT    NOT NULL,
    sink_id     TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    run_id      TEXT    NOT NULL,
    PRIMARY KEY (scope, id)
) WITHOUT ROWID;

CREATE TABLE {p}intents (
    scope       INTEGER NOT NULL,
    id          TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    since       INTEGER NOT NULL,
    epoch       INTEGER NOT NULL,
    call        TEXT    NOT NULL,
    state       INTEGER NOT NULL,
    PRIMARY KEY (scope, id)
) WITHOUT ROWID;

CREATE TABLE {p}parked (
    scope INTEGER NOT NULL,
    id    TEXT    NOT NULL,
    PRIMARY KEY (scope, id)
) WITHOUT ROWID;

CREATE TABLE {p}outcomes (
    run       INTEGER NOT NULL,
    source_id TEXT    NOT NULL,
    n         INTEGER NOT NULL,
    sink_id   TEXT    NOT NULL,
    action    TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    fields    TEXT    NOT NULL,
    at        INTEGER,
    PRIMARY KEY (run, source_id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX {p}outcomes_by_n ON {p}outcomes (run, n);
