-- Documents on their way to being issued; they never leave the site. `state` is a DraftState.
CREATE TABLE draft (
    id BYTEA NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    state BIGINT NOT NULL,
    body BYTEA NOT NULL
);
CREATE INDEX draft_by_state ON draft (state, changed_ms);

-- Files that an account has uploaded to answer a document.
CREATE TABLE tray (
    account BYTEA NOT NULL,
    document BYTEA NOT NULL,
    name TEXT NOT NULL,
    object BYTEA NOT NULL,
    PRIMARY KEY (account, document, name)
);
