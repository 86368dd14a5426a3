-- What people did in the console, in the order in which it was answered. `hash` covers the row and the hash of the row
-- before it. Rows are only added; the oldest are taken away when they are past keeping.
CREATE TABLE audit (
    seq BIGINT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    actor TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    outcome TEXT NOT NULL,
    code TEXT NOT NULL,
    note TEXT NOT NULL,
    hash BYTEA NOT NULL
);
CREATE INDEX audit_by_time ON audit (at_ms);

-- The two ends of the chain: `first`, the last row that was taken away, and `last`, the last one written.
CREATE TABLE audit_end (
    name TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL
);
