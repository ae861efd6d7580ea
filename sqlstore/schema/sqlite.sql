CREATE TABLE {p}scopes (
    id        INTEGER PRIMARY KEY,
    account   TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    moved_to  INTEGER,
    epoch     INTEGER NOT NULL DEFAULT 0,
    run       INTEGER,
    owner     TEXT    NOT NULL DEFAULT '',
    quiet     INTEGER NOT NULL DEFAULT 0,
    expires   INTEGER NOT NULL DEFAULT 0,
    released  INTEGER NOT NULL DEFAULT 0,
    called    TEXT    NOT NULL DEFAULT '',
    amended   TEXT    NOT NULL DEFAULT '',
    committed INTEGER NOT NULL DEFAULT 0,
    seq       INTEGER NOT NULL DEFAULT 0,
    states    TEXT    NOT NULL DEFAULT 'null',
    matched   TEXT    NOT NULL DEFAULT 'null',
    open      TEXT    NOT NULL DEFAULT 'null',
    UNIQUE (account, kind)
);

CREATE TABLE {p}runs (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT    NOT NULL UNIQUE,
    link           TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    scope          INTEGER NOT NULL,
    dry_run        INTEGER NOT NULL,
    retry_of       TEXT    NOT NULL,
    started        INTEGER,
    status         TEXT    NOT NULL,
    ended          INTEGER NOT NULL,
    driver         TEXT    NOT NULL,
    finished       INTEGER,
    paused_until   INTEGER,
    asked          TEXT    NOT NULL,
    epoch          INTEGER NOT NULL,
    starts         INTEGER NOT NULL,
    pass           INTEGER NOT NULL,
    cursor         BLOB    NOT NULL,
    listed         INTEGER NOT NULL,
    total          INTEGER NOT NULL,
    tally          TEXT    NOT NULL,
    passing        TEXT    NOT NULL,
    progress_read  INTEGER NOT NULL,
    progress_total INTEGER NOT NULL,
    owner          TEXT    NOT NULL,
    heartbeat      INTEGER,
    warnings       TEXT    NOT NULL,
    failure        TEXT    NOT NULL,
    blocks         INTEGER NOT NULL DEFAULT 0,
    places         INTEGER NOT NULL DEFAULT 0,
    released_by    TEXT    NOT NULL DEFAULT ''
);

CREATE INDEX {p}runs_of_link ON {p}runs (link, number);

CREATE INDEX {p}runs_of_scope ON {p}runs (scope, number);

CREATE INDEX {p}runs_unended ON {p}runs (number) WHERE ended = 0;

CREATE TABLE {p}settings (
    run     INTEGER PRIMARY KEY,
    filter  BLOB,
    options BLOB,
    labels  TEXT NOT NULL
);

CREATE TABLE {p}pruned (
    number INTEGER PRIMARY KEY,
    id     TEXT NOT NULL
);

CREATE TABLE {p}notices (
    run     INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    claimed INTEGER,
    told    INTEGER,
    called  TEXT    NOT NULL,
    PRIMARY KEY (run, name)
) WITHOUT ROWID;

CREATE TABLE {p}records (
    scope       INTEGER NOT NULL,
    id          TEXT    NOT NULL,
    run         INTEGER,
    block       INTEGER,
    verdict     TEXT,
    sink_id     TEXT    NOT NULL,
    fingerprint BLOB    NOT NULL,
    PRIMARY KEY (scope, id)
) WITHOUT ROWID;

CREATE TABLE {p}exceptions (
    scope       INTEGER NOT NULL,
    id          TEXT    NOT NULL,
    run         INTEGER,
    block       INTEGER,
    verdict     TEXT,
    state       TEXT    NOT NULL,
    since       INTEGER NOT NULL,
    sent        INTEGER NOT NULL,
    unproved    INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    generation  INTEGER NOT NULL,
    setup       TEXT    NOT NULL,
    evidence    TEXT    NOT NULL,
    decision    TEXT    NOT NULL,
    sink_id     TEXT    NOT NULL,
    fingerprint BLOB    NOT NULL,
    PRIMARY KEY (scope, id)
) WITHOUT ROWID;

CREATE INDEX {p}exceptions_by_state ON {p}exceptions (scope, state, since, id) WHERE state <> '';

CREATE TABLE {p}blocks (
    run          INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    scope        INTEGER NOT NULL,
    committed_at INTEGER NOT NULL,
    first        INTEGER NOT NULL,
    outcomes     TEXT    NOT NULL,
    confirmed    TEXT,
    PRIMARY KEY (run, block)
);

CREATE INDEX {p}blocks_by_place ON {p}blocks (run, first, block);

CREATE INDEX {p}blocks_by_time ON {p}blocks (scope, committed_at, run, block);

CREATE TABLE {p}decided (
    run     INTEGER NOT NULL,
    id      TEXT    NOT NULL,
    block   INTEGER NOT NULL,
    verdict TEXT    NOT NULL,
    PRIMARY KEY (run, id)
) WITHOUT ROWID;

CREATE TABLE {p}schema_version (
    version INTEGER NOT NULL
);
