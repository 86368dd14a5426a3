-- Since when and until when the bureau has cared for a person. Whole days ("2025-12-31"): a month or year alone
-- counts from its first day. `came` is empty where nobody knows: then always; `gone` is empty while it goes on.
-- `moved_in` is 1 for who came from outside the network instead of retiring into it. `changed_ms` is when the
-- person's record was last written.
CREATE TABLE care (
    person BYTEA NOT NULL PRIMARY KEY,
    came TEXT NOT NULL,
    moved_in BIGINT NOT NULL,
    gone TEXT NOT NULL,
    changed_ms BIGINT NOT NULL
);

-- The same for organisations: established and 化并转.
CREATE TABLE org_life (
    org BYTEA NOT NULL PRIMARY KEY,
    came TEXT NOT NULL,
    gone TEXT NOT NULL,
    changed_ms BIGINT NOT NULL
);
