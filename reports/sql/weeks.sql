-- One row of the answer is a week in which something of a project ('' for any) was
-- measured, the oldest first.
SELECT DISTINCT report_week
FROM coverage_files
WHERE CAST(? AS VARCHAR(128)) = '' OR project = ?
ORDER BY report_week
