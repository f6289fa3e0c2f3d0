-- One row of the answer is a file that a measurement has more than once.
SELECT COALESCE(file_path, '') AS one_file, COALESCE(module_name, '') AS one_module, COUNT(*) AS times
FROM coverage_files
WHERE report_week = CAST(? AS DATE) AND project = ? AND platform = ? AND COALESCE(git_branch, '') = ?
GROUP BY COALESCE(module_name, ''), COALESCE(file_path, '')
HAVING COUNT(*) > 1
ORDER BY one_file, one_module
LIMIT 1
