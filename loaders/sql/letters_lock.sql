-- Deletes nothing, and takes the lock on the table, so that what is read after
-- it stays as it is until the commit.
DELETE FROM coverage_letters WHERE project IS NULL
