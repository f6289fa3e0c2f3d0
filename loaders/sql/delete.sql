-- What the warehouse keeps of one measurement.
DELETE FROM coverage_files
WHERE report_week = CAST(? AS DATE) AND project = ? AND platform = ? AND COALESCE(git_branch, '') = ?
