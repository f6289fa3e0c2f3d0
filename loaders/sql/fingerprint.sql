-- The answer is one row: how many loads the ledger has and when the newest was,
-- and the same of the releases.
SELECT CAST(runs AS VARCHAR(32)) || ' ' || newest_run || ' ' || CAST(releases AS VARCHAR(32)) || ' ' || newest_release
    AS fingerprint
FROM (
    SELECT COUNT(*) AS runs, COALESCE(CAST(MAX(loaded_at) AS VARCHAR(64)), '') AS newest_run FROM coverage_runs
) AS ledger
CROSS JOIN (
    SELECT COUNT(*) AS releases, COALESCE(CAST(MAX(released_at) AS VARCHAR(64)), '') AS newest_release
    FROM coverage_releases
) AS marks
