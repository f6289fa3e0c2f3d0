-- One row of the answer is a file that the staged rows have more than once.
SELECT COALESCE(file_path, '') AS one_file, COALESCE(module_name, '') AS one_module, COUNT(*) AS times
FROM coverage_staging
GROUP BY report_week, project, platform, COALESCE(git_branch, ''), COALESCE(module_name, ''), COALESCE(file_path, '')
HAVING COUNT(*) > 1
ORDER BY one_file, one_module
LIMIT 1
