-- The answer is one row: the version of the tables.
SELECT MAX(version) AS version FROM coverage_schema
