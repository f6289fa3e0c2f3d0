-- One row of the answer is a set of owners, with spaces between, that some file
-- has in a week.
SELECT DISTINCT owner_name
FROM coverage_files
WHERE report_week = CAST(? AS DATE) AND project = ? AND platform = ? AND owner_name IS NOT NULL AND file_path IS NOT NULL
