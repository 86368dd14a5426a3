-- `number` is what forms name staff by: the name.
CREATE TABLE staff (
    id BYTEA NOT NULL PRIMARY KEY,
    unit BYTEA NOT NULL,
    number TEXT NOT NULL,
    duty BIGINT NOT NULL,
    left_on TEXT NOT NULL
);
CREATE INDEX staff_by_unit ON staff (unit, number);

CREATE TABLE appointment (
    id BYTEA NOT NULL PRIMARY KEY,
    unit BYTEA NOT NULL,
    org BYTEA NOT NULL,
    person BYTEA NOT NULL,
    staff BYTEA NOT NULL,
    role BIGINT NOT NULL,
    from_day TEXT NOT NULL,
    to_day TEXT NOT NULL
);
CREATE INDEX appointment_by_org ON appointment (org, role);
CREATE INDEX appointment_by_person ON appointment (person);
CREATE INDEX appointment_by_unit ON appointment (unit);

CREATE TABLE community_link (
    id BYTEA NOT NULL PRIMARY KEY,
    unit BYTEA NOT NULL,
    person BYTEA NOT NULL,
    consented_on TEXT NOT NULL,
    ended_on TEXT NOT NULL
);
CREATE INDEX community_link_by_person ON community_link (person);

CREATE TABLE away_notice (
    id BYTEA NOT NULL PRIMARY KEY,
    unit BYTEA NOT NULL,
    person BYTEA NOT NULL,
    from_day TEXT NOT NULL,
    returned_on TEXT NOT NULL
);
CREATE INDEX away_notice_by_person ON away_notice (person);
CREATE INDEX away_notice_by_unit ON away_notice (unit, returned_on);
