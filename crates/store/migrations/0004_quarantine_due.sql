-- What is due again, in the order in which it is tried.
CREATE INDEX quarantine_due ON quarantine (transfer, generation, epoch, revision, id) WHERE due = 1;
