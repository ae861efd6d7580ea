CREATE TABLE {p}leases (
    scope     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    link      TEXT COLLATE "C" NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    run_id    TEXT COLLATE "C" NOT NULL DEFAULT '',
    owner     TEXT COLLATE "C" NOT NULL DEFAULT '',
    epoch     BIGINT NOT NULL DEFAULT 0,
    heartbeat BIGINT NOT NULL DEFAULT 0,
    expires   BIGINT NOT NULL DEFAULT 0,
    released  BIGINT NOT NULL DEFAULT 0,
    call      TEXT COLLATE "C" NOT NULL DEFAULT '',
    UNIQUE (link, kind)
);

CREATE TABLE {p}runs (
    seq           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id        TEXT COLLATE "C" NOT NULL UNIQUE,
    link          TEXT COLLATE "C" NOT NULL,
    kind          TEXT COLLATE "C" NOT NULL,
    status        TEXT COLLATE "C" NOT NULL,
    dry_run       BIGINT NOT NULL,
    started       BIGINT,
    finished      BIGINT,
    paused_until  BIGINT,
    counts        TEXT COLLATE "C" NOT NULL,
    by_reason     TEXT COLLATE "C" NOT NULL,
    warnings      TEXT COLLATE "C" NOT NULL,
    filter        BYTEA,
    options       BYTEA,
    cursor        BYTEA NOT NULL,
    listed        BIGINT NOT NULL,
    notified      TEXT COLLATE "C" NOT NULL,
    outcome_count BIGINT NOT NULL DEFAULT 0,
    released_by   TEXT COLLATE "C" NOT NULL DEFAULT ''
);

CREATE INDEX {p}runs_by_link ON {p}runs (link, seq);

CREATE TABLE {p}known (
    scope       BIGINT NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    sink_id     TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    run_id      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (scope, id)
);

CREATE TABLE {p}intents (
    scope       BIGINT NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    since       BIGINT NOT NULL,
    epoch       BIGINT NOT NULL,
    call        TEXT COLLATE "C" NOT NULL,
    state       BIGINT NOT NULL,
    PRIMARY KEY (scope, id)
);

CREATE TABLE {p}parked (
    scope BIGINT NOT NULL,
    id    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (scope, id)
);

CREATE TABLE {p}outcomes (
    run       BIGINT NOT NULL,
    source_id TEXT COLLATE "C" NOT NULL,
    n         BIGINT NOT NULL,
    sink_id   TEXT COLLATE "C" NOT NULL,
    action    TEXT COLLATE "C" NOT NULL,
    reason    TEXT COLLATE "C" NOT NULL,
    fields    TEXT COLLATE "C" NOT NULL,
    at        BIGINT,
    PRIMARY KEY (run, source_id)
);

CREATE UNIQUE INDEX {p}outcomes_by_n ON {p}outcomes (run, n);
