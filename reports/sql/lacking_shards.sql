-- One row of the answer is a load of a measurement in the week, the oldest first,
-- and how many shards were missing then.
SELECT project, platform, COALESCE(git_branch, '') AS branch, COALESCE(shards_expected - shards_present, 0) AS missing
FROM coverage_runs
WHERE report_week = CAST(? AS DATE) AND run_status <> 'missing'
ORDER BY loaded_at
