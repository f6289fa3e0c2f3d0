-- The answer is one row: how many rows the warehouse has of one measurement.
SELECT COUNT(*) AS kept_rows
FROM coverage_files
WHERE report_week = CAST(? AS DATE) AND project = ? AND platform = ? AND COALESCE(git_branch, '') = ?
