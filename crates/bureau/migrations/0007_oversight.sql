-- Events of the audit logs of sites, as they came up: which of them each record holds.
CREATE TABLE audit_batch (
    id BYTEA NOT NULL PRIMARY KEY,
    unit BYTEA NOT NULL,
    first_seq BIGINT NOT NULL,
    first_ms BIGINT NOT NULL,
    events BIGINT NOT NULL
);
CREATE INDEX audit_batch_by_unit ON audit_batch (unit, first_ms);
