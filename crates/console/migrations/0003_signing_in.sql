-- How signing in is guarded: failures by where they came from, the second step, what the security administrator decided.

-- Failures since the last time it went well, by account and address. `at_ms` is the last one's time.
CREATE TABLE attempt (
    account BYTEA NOT NULL,
    address TEXT NOT NULL,
    failures BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    locked_until_ms BIGINT NOT NULL,
    PRIMARY KEY (account, address)
);
ALTER TABLE account DROP COLUMN failures;
ALTER TABLE account DROP COLUMN locked_until_ms;

-- From where an account has been signed in.
CREATE TABLE known_address (
    account BYTEA NOT NULL,
    address TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (account, address)
);

-- Whether the second step of signing in is still to come.
ALTER TABLE session ADD COLUMN is_half BIGINT NOT NULL DEFAULT 0;

-- The secret that an account's telephone makes codes from. `last_step` is the last code's place in time.
CREATE TABLE second_step (
    account BYTEA NOT NULL PRIMARY KEY,
    secret BYTEA NOT NULL,
    is_confirmed BIGINT NOT NULL,
    last_step BIGINT NOT NULL
);

-- Codes for who has lost the telephone, each good once. `code` is a hash.
CREATE TABLE recovery_code (
    account BYTEA NOT NULL,
    code BYTEA NOT NULL,
    PRIMARY KEY (account, code)
);

CREATE TABLE policy (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
