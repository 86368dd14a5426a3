-- What is private of a person who changed units, and has to follow.

ALTER TABLE transfer ADD COLUMN private BIGINT NOT NULL DEFAULT 0;
ALTER TABLE transfer_answer ADD COLUMN private_transfer BIGINT NOT NULL DEFAULT 0;
