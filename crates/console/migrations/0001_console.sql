-- Who may use the console of this site. Accounts never leave the site. Portable SQL: BIGINT, TEXT, BYTEA; flags are
-- BIGINT 0 or 1; times are milliseconds.

-- `password` is a PHC string, empty until its owner has chosen one.
CREATE TABLE account (
    id BYTEA NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    failures BIGINT NOT NULL,
    locked_until_ms BIGINT NOT NULL,
    closed BIGINT NOT NULL,
    created_ms BIGINT NOT NULL
);

CREATE TABLE account_role (
    account BYTEA NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (account, role)
);

-- One-time links by which a person chooses a password. `secret` is a hash; an empty `account` sets up the first ones.
CREATE TABLE setup_link (
    secret BYTEA NOT NULL PRIMARY KEY,
    account BYTEA NOT NULL,
    expires_ms BIGINT NOT NULL
);

-- `secret` is a hash of what the browser holds.
CREATE TABLE session (
    secret BYTEA NOT NULL PRIMARY KEY,
    account BYTEA NOT NULL,
    started_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,
    address TEXT NOT NULL,
    browser TEXT NOT NULL
);
CREATE INDEX session_by_account ON session (account);
