-- The answer is one row: the newest week of a project ('' for any) in which something
-- was measured, or was to be, or NULL.
SELECT MAX(report_week) AS newest
FROM (
    SELECT report_week, project FROM coverage_files
    UNION ALL
    SELECT report_week, project FROM coverage_runs
) attempts
WHERE CAST(? AS VARCHAR(128)) = '' OR project = ?
