-- The work's tables, made from the records; they can be cleared and built again at any time. Portable SQL:
-- BIGINT, TEXT, BYTEA. Flags are BIGINT 0 or 1. Ids are BYTEA; an empty one stands for none.

-- `path` holds the codes from the top down, a space behind each, so that its order is the order of the tree and
-- a unit's subtree is one range.
CREATE TABLE unit (
    id BYTEA NOT NULL PRIMARY KEY,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    kind BIGINT NOT NULL,
    parent BYTEA NOT NULL,
    depth BIGINT NOT NULL,
    path BYTEA NOT NULL
);
CREATE INDEX unit_by_path ON unit (path);

-- Where a unit that had a site of its own is at home now.
CREATE TABLE home (
    unit BYTEA NOT NULL PRIMARY KEY,
    site BYTEA NOT NULL,
    generation BIGINT NOT NULL
);

CREATE TABLE site (
    id BYTEA NOT NULL PRIMARY KEY,
    record BYTEA NOT NULL,
    role BIGINT NOT NULL,
    unit BYTEA NOT NULL,
    parent BYTEA NOT NULL,
    epoch BIGINT NOT NULL,
    revoked BIGINT NOT NULL,
    joined_ms BIGINT NOT NULL
);
CREATE INDEX site_by_record ON site (record);

CREATE TABLE party_org (
    id BYTEA NOT NULL PRIMARY KEY,
    unit BYTEA NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    type BIGINT NOT NULL,
    setup BIGINT NOT NULL,
    nature BIGINT NOT NULL,
    parent BYTEA NOT NULL,
    term_end TEXT NOT NULL,
    closed_on TEXT NOT NULL,
    search TEXT NOT NULL
);
CREATE INDEX party_org_by_number ON party_org (unit, number);
CREATE INDEX party_org_by_number_alone ON party_org (number);

-- `search` holds name and number without case, spaces and full-width forms.
CREATE TABLE person (
    id BYTEA NOT NULL PRIMARY KEY,
    unit BYTEA NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    sex BIGINT NOT NULL,
    birth TEXT NOT NULL,
    retirement BIGINT NOT NULL,
    status BIGINT NOT NULL,
    status_on TEXT NOT NULL,
    counting_unit BYTEA NOT NULL,
    search TEXT NOT NULL
);
CREATE INDEX person_by_number ON person (unit, number);
CREATE INDEX person_by_number_alone ON person (number);

CREATE TABLE membership (
    id BYTEA NOT NULL PRIMARY KEY,
    person BYTEA NOT NULL,
    unit BYTEA NOT NULL,
    branch BYTEA NOT NULL,
    joined TEXT NOT NULL,
    full_since TEXT NOT NULL,
    state BIGINT NOT NULL
);
CREATE INDEX membership_by_person ON membership (person, state);
CREATE INDEX membership_by_branch ON membership (branch, state);

-- `unit` is the unit that issued it.
CREATE TABLE document (
    id BYTEA NOT NULL PRIMARY KEY,
    unit BYTEA NOT NULL,
    number TEXT NOT NULL,
    title TEXT NOT NULL,
    issuer TEXT NOT NULL,
    published_ms BIGINT NOT NULL,
    deadline TEXT NOT NULL,
    needs_reply BIGINT NOT NULL
);
CREATE INDEX document_by_unit ON document (unit, published_ms);

-- `copied` is 1 for 抄送; `position` keeps the order in which the document names them.
CREATE TABLE document_recipient (
    document BYTEA NOT NULL,
    unit BYTEA NOT NULL,
    copied BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (document, unit)
);
CREATE INDEX document_recipient_by_unit ON document_recipient (unit);

-- Times are 0 until that stage is reached.
CREATE TABLE receipt (
    id BYTEA NOT NULL PRIMARY KEY,
    document BYTEA NOT NULL,
    unit BYTEA NOT NULL,
    delivered_ms BIGINT NOT NULL,
    read_ms BIGINT NOT NULL,
    signed_ms BIGINT NOT NULL,
    returned_ms BIGINT NOT NULL,
    replied_ms BIGINT NOT NULL
);
CREATE INDEX receipt_by_document ON receipt (document, unit);
