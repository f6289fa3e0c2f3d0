-- Coverage by owner, in every week up to the one asked for.
-- One row is an owner of a platform in a week. A file of several owners counts for
-- each. The owner is empty where none was looked for. percent is of lines, rounded
-- down.
-- A file that Xcode lists under several targets is one file, with the owners that it
-- has under any. They are put together only where Xcode has measured: to do so for
-- all files takes as much memory again as the join.
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
), xcode AS (
    SELECT DISTINCT report_week, project, platform
    FROM coverage_files
    WHERE report_week <= CAST(:week AS DATE) AND (CAST(:project AS VARCHAR(128)) = '' OR project = :project)
        AND report_format IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
), owned AS (
    SELECT report_week, project, platform, COALESCE(module_name, '') AS module, file_path, 0 AS any_module, owner_name
    FROM coverage_owners
    WHERE report_week <= CAST(:week AS DATE) AND (CAST(:project AS VARCHAR(128)) = '' OR project = :project)
    UNION ALL
    SELECT DISTINCT o.report_week, o.project, o.platform, '' AS module, o.file_path, 1 AS any_module, o.owner_name
    FROM coverage_owners o
    JOIN xcode x ON x.report_week = o.report_week AND x.project = o.project AND x.platform = o.platform
)
SELECT f.report_week, f.project, f.platform, COALESCE(o.owner_name, '') AS owner, COUNT(f.file_path) AS files,
    CAST(SUM(f.covered) AS BIGINT) AS lines_covered, CAST(SUM(f.total) AS BIGINT) AS lines_total,
    FLOOR(CAST(SUM(f.covered) AS DOUBLE PRECISION) * 1000 / NULLIF(SUM(f.total), 0)) / 10 AS percent
FROM files f
LEFT JOIN owned o ON o.report_week = f.report_week AND o.project = f.project AND o.platform = f.platform
    AND o.any_module = f.any_module AND o.module = f.module AND o.file_path = f.file_path
GROUP BY f.report_week, f.project, f.platform, COALESCE(o.owner_name, '')
ORDER BY f.report_week, f.project, f.platform, owner
