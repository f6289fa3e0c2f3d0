-- Coverage by owner, in every week up to the one asked for.
-- One row is an owner of a platform in a week. A file of several owners counts for
-- each. The owner is empty where none was looked for. percent is of lines, rounded
-- down.
WITH files AS (
    SELECT report_week, project, platform, COALESCE(git_branch, '') AS branch, COALESCE(module_name, '') AS module,
        file_path, MAX(any_module) AS any_module, MAX(lines_total) AS total, MAX(lines_covered) AS covered
    FROM (
        SELECT report_week, project, platform, git_branch, file_path, lines_total, lines_covered,
            CASE WHEN report_format IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive') THEN 1 ELSE 0 END AS any_module,
            CASE WHEN report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
                THEN module_name END AS module_name
        FROM coverage_files
        WHERE report_week <= CAST(:week AS DATE) AND (CAST(:project AS VARCHAR(128)) = '' OR project = :project)
    ) one_a_file
    GROUP BY report_week, project, platform, COALESCE(git_branch, ''), COALESCE(module_name, ''), file_path
), owned AS (
    SELECT DISTINCT f.report_week, f.project, f.platform, f.branch, f.module, f.file_path, o.owner_name
    FROM files f
    JOIN coverage_owners o ON o.report_week = f.report_week AND o.project = f.project AND o.platform = f.platform
        AND o.file_path = f.file_path AND (f.any_module = 1 OR COALESCE(o.module_name, '') = f.module)
)
SELECT f.report_week, f.project, f.platform, COALESCE(o.owner_name, '') AS owner, COUNT(f.file_path) AS files,
    CAST(SUM(f.covered) AS BIGINT) AS lines_covered, CAST(SUM(f.total) AS BIGINT) AS lines_total,
    FLOOR(CAST(SUM(f.covered) AS DOUBLE PRECISION) * 1000 / NULLIF(SUM(f.total), 0)) / 10 AS percent
FROM files f
LEFT JOIN owned o ON o.report_week = f.report_week AND o.project = f.project AND o.platform = f.platform
    AND o.branch = f.branch AND o.module = f.module AND o.file_path = f.file_path
GROUP BY f.report_week, f.project, f.platform, COALESCE(o.owner_name, '')
ORDER BY f.report_week, f.project, f.platform, owner
