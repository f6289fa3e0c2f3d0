-- The answer is one row: the newest week of a project ('' for any) before another
-- one, or NULL.
SELECT MAX(report_week) AS newest
FROM coverage_files
WHERE report_week < CAST(? AS DATE) AND (CAST(? AS VARCHAR(128)) = '' OR project = ?)
