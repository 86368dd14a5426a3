-- A document is for a unit, or for a Party branch of it: `branch` is empty for the unit itself. The tables are filled
-- anew after this.
DROP TABLE document_recipient;
CREATE TABLE document_recipient (
    document BYTEA NOT NULL,
    unit BYTEA NOT NULL,
    branch BYTEA NOT NULL,
    copied BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (document, unit, branch)
);
CREATE INDEX document_recipient_by_unit ON document_recipient (unit);
ALTER TABLE receipt ADD COLUMN branch BYTEA NOT NULL DEFAULT '';
