-- Where a document goes, what it is about, and what is searched in: title, number and text without case, spaces and
-- full-width forms. `mark`, `year` and `serial` are the parts of its number; '' and 0 where it is written otherwise.
-- The tables are filled anew after this.
ALTER TABLE document ADD COLUMN direction BIGINT NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN type BIGINT NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN supersedes BYTEA NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN passed_on_from BYTEA NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN answers BYTEA NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN recalled_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN mark TEXT NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN year BIGINT NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN serial BIGINT NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN search TEXT NOT NULL DEFAULT '';
CREATE INDEX document_by_number ON document (unit, mark, year, serial);
CREATE INDEX document_by_superseded ON document (supersedes);
CREATE INDEX document_by_source ON document (passed_on_from);
CREATE INDEX document_by_question ON document (answers);
