-- The answer is one row: what the ledger says of the newest attempt to measure a
-- week, project, platform and branch. A source that was missing had no branch.
SELECT run_id, run_status, COALESCE(shards_present, -1), COALESCE(shards_expected, -1), COALESCE(failing_parts, '')
FROM coverage_runs
WHERE report_week = CAST(? AS DATE) AND project = ? AND platform = ?
    AND (COALESCE(git_branch, '') = ? OR run_status = 'missing')
ORDER BY loaded_at DESC, run_id DESC
LIMIT 1
