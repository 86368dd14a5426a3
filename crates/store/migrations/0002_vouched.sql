-- `vouched` tells that a body of the record was read here once, be it erased since: nobody else takes its id then.
ALTER TABLE records ADD COLUMN vouched BIGINT NOT NULL DEFAULT 1;
