-- The files of a week that have one owner among theirs.
INSERT INTO coverage_owners (report_week, project, platform, module_name, file_path, owner_name)
SELECT DISTINCT report_week, project, platform, module_name, file_path, CAST(? AS VARCHAR(256))
FROM coverage_files
WHERE report_week = CAST(? AS DATE) AND project = ? AND platform = ? AND file_path IS NOT NULL
    AND POSITION(CAST(? AS VARCHAR(258)) IN ' ' || owner_name || ' ') > 0
