-- Numbers that the console keeps of itself: `left_above`, 1 where the site above gives the roles and reads the log;
-- `told`, the last entry of the audit log that the site above was told of.
CREATE TABLE standing (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

-- Which decision of the site above about an account was carried out last, or could not be.
CREATE TABLE decided (
    account BYTEA NOT NULL PRIMARY KEY,
    decided_ms BIGINT NOT NULL,
    refused BIGINT NOT NULL
);
