-- The answer is one row: the newest week of a project ('' for any), or NULL.
SELECT max(report_week) FROM coverage_files WHERE ? = '' OR project = ?;
