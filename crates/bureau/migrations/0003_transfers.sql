-- People who change their unit, and what the new home made of it.

CREATE TABLE transfer (
    id BYTEA NOT NULL PRIMARY KEY,
    person BYTEA NOT NULL,
    from_unit BYTEA NOT NULL,
    to_unit BYTEA NOT NULL,
    valid_until TEXT NOT NULL,
    released_ms BIGINT NOT NULL,
    withdrawn_ms BIGINT NOT NULL
);
CREATE INDEX transfer_by_person ON transfer (person);

CREATE TABLE transfer_answer (
    id BYTEA NOT NULL PRIMARY KEY,
    transfer BYTEA NOT NULL,
    unit BYTEA NOT NULL,
    outcome BIGINT NOT NULL,
    answered_ms BIGINT NOT NULL
);
CREATE INDEX transfer_answer_by_transfer ON transfer_answer (transfer, unit);
