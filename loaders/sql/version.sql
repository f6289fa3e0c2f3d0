-- The answer is one row: the newest version of the schema that was applied.
SELECT COALESCE(MAX(version), 0) AS schema_version FROM coverage_schema
