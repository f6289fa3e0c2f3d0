-- The answer is one row: the newest week of a project ('' for any), or NULL.
SELECT MAX(report_week) AS newest FROM coverage_files WHERE CAST(? AS VARCHAR(128)) = '' OR project = ?
