-- Beats are ordered by their own count, not by central's clock. Those held from before have none.
DROP TABLE beats;
CREATE TABLE beats (
    site BYTEA NOT NULL PRIMARY KEY,
    counter BIGINT NOT NULL,
    beat BYTEA NOT NULL
);
