-- One row of the answer is a measurement among the staged rows, and how many
-- rows it has there.
SELECT report_week, project, platform, COALESCE(git_branch, '') AS branch, COUNT(*) AS staged_rows
FROM coverage_staging
GROUP BY report_week, project, platform, COALESCE(git_branch, '')
ORDER BY report_week, project, platform, branch
