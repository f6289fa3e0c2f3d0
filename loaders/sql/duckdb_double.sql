-- One row of the answer is a file that the staged rows have more than once.
SELECT coalesce(file_path, ''), coalesce(module_name, ''), count(*)
FROM temp.coverage_staging
GROUP BY report_week, project, platform, git_branch, module_name, file_path
HAVING count(*) > 1
ORDER BY ALL
LIMIT 1;
