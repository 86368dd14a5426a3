-- The branches that a branch secretary's account is for, by their records.
CREATE TABLE account_branch (
    account BYTEA NOT NULL,
    branch BYTEA NOT NULL,
    PRIMARY KEY (account, branch)
);
