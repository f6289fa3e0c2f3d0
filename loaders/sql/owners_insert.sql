-- The files of a week and each of their owners. What is joined is pairs of a set
-- of owners and one of them. No module is NULL, so that no owner of a file is there
-- twice.
INSERT INTO coverage_owners (report_week, project, platform, module_name, file_path, owner_name)
SELECT DISTINCT f.report_week, f.project, f.platform, NULLIF(f.module_name, '') AS module_name, f.file_path, o.one_owner
FROM coverage_files f
JOIN (
    {pairs}
) o ON f.owner_name = o.owner_set
WHERE f.report_week = CAST(? AS DATE) AND f.project = ? AND f.platform = ? AND f.file_path IS NOT NULL
