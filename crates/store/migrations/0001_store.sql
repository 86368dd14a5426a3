-- What every site keeps. Portable SQL: BIGINT, TEXT, BYTEA. Flags are BIGINT 0 or 1.

-- Small values by name.
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);

-- Streams under small numbers of this database's own; `seq` and `hash` are the head, `projected` is the last
-- frame whose entries have been read into records.
CREATE TABLE streams (
    number BIGINT NOT NULL PRIMARY KEY,
    author BYTEA NOT NULL,
    type BIGINT NOT NULL,
    recipient BYTEA NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    projected BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    UNIQUE (author, type, recipient, epoch)
);

-- Frames as they came: `frame` is an encoded yanzhen.v1.Frame. Small columns stand before the long one so that
-- they are read without it.
CREATE TABLE frames (
    stream BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    size BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    frame BYTEA NOT NULL,
    PRIMARY KEY (stream, seq)
);

-- Seals, by the frame that each one ends with: an encoded yanzhen.v1.Seal.
CREATE TABLE seals (
    stream BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    seal BYTEA NOT NULL,
    PRIMARY KEY (stream, seq)
);

-- One row for each entry of each frame.
CREATE TABLE entries (
    stream BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    kind TEXT NOT NULL,
    record BYTEA NOT NULL,
    unit BYTEA NOT NULL,
    transfer BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    change BIGINT NOT NULL,
    PRIMARY KEY (stream, seq, idx)
);
CREATE INDEX entries_by_record ON entries (record, kind);

-- The state of each record: its entry with the greatest version that counts here.
CREATE TABLE records (
    record BYTEA NOT NULL,
    kind TEXT NOT NULL,
    unit BYTEA NOT NULL,
    transfer BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    change BIGINT NOT NULL,
    stream BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    time_ms BIGINT NOT NULL,
    body BYTEA,
    PRIMARY KEY (record, kind)
);
CREATE INDEX records_by_unit ON records (unit, kind);

-- Entries that are kept and relayed and change nothing here. `awaits` names what may let one pass.
CREATE TABLE quarantine (
    id BIGINT NOT NULL PRIMARY KEY,
    stream BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    kind TEXT NOT NULL,
    record BYTEA NOT NULL,
    unit BYTEA NOT NULL,
    transfer BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    cause BIGINT NOT NULL,
    why TEXT NOT NULL,
    awaits TEXT NOT NULL,
    due BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    since_ms BIGINT NOT NULL,
    UNIQUE (stream, seq, idx)
);
CREATE INDEX quarantine_by_awaits ON quarantine (awaits);

-- Erase entries that count, so that bodies which arrive later are dropped too.
CREATE TABLE erasures (
    record BYTEA NOT NULL,
    kind TEXT NOT NULL,
    transfer BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    stream BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    PRIMARY KEY (stream, seq, idx)
);
CREATE INDEX erasures_by_record ON erasures (record);

-- Proofs that came ahead of their erase entries, one for each frame that needed one.
CREATE TABLE erasure_proofs (
    stream BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    position BIGINT NOT NULL,
    proof BYTEA NOT NULL,
    PRIMARY KEY (stream, seq, position)
);

-- Stored bytes that failed their check.
CREATE TABLE damage (
    id BIGINT NOT NULL PRIMARY KEY,
    stream BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    what TEXT NOT NULL,
    found_ms BIGINT NOT NULL,
    repaired_ms BIGINT
);

-- How far neighbours have stored streams.
CREATE TABLE acks (
    site BYTEA NOT NULL,
    stream BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (site, stream)
);

-- Central's latest word on each stream; an encoded yanzhen.v1.RootReceipt.
CREATE TABLE root_receipts (
    stream BIGINT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    receipt BYTEA NOT NULL
);

-- Central's latest word to each site, an encoded yanzhen.v1.Beat; and each site's latest word of itself, an
-- encoded yanzhen.v1.Pulse.
CREATE TABLE beats (
    site BYTEA NOT NULL PRIMARY KEY,
    time_ms BIGINT NOT NULL,
    beat BYTEA NOT NULL
);
CREATE TABLE pulses (
    site BYTEA NOT NULL PRIMARY KEY,
    counter BIGINT NOT NULL,
    pulse BYTEA NOT NULL
);

-- Which entries refer to which objects, and which objects are on this disk.
CREATE TABLE object_refs (
    hash BYTEA NOT NULL,
    stream BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    size BIGINT NOT NULL,
    manifest BYTEA NOT NULL,
    PRIMARY KEY (hash, stream, seq, idx, manifest)
);
CREATE TABLE objects_present (
    hash BYTEA NOT NULL PRIMARY KEY
);
