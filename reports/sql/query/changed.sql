-- Coverage of the files that changed lately.
-- One row is a file of the week asked for that was not there four weeks before or
-- earlier, or had another number of lines then.
WITH files AS (
    SELECT report_week, project, platform, COALESCE(git_branch, '') AS branch, COALESCE(module_name, '') AS module,
        file_path, MAX(owner_name) AS owner, MAX(lines_total) AS total, MAX(lines_covered) AS covered
    FROM (
        SELECT report_week, project, platform, git_branch, file_path, owner_name, lines_total, lines_covered,
            CASE WHEN report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
                THEN module_name END AS module_name
        FROM coverage_files
        WHERE report_week <= CAST(:week AS DATE) AND (CAST(:project AS VARCHAR(128)) = '' OR project = :project)
    ) one_a_file
    GROUP BY report_week, project, platform, COALESCE(git_branch, ''), COALESCE(module_name, ''), file_path
), newest AS (
    SELECT project, platform, branch, module, file_path, MAX(report_week) AS report_week
    FROM files
    WHERE report_week <= CAST(:week AS DATE) - 28
    GROUP BY project, platform, branch, module, file_path
), earlier AS (
    SELECT f.project, f.platform, f.branch, f.module, f.file_path, f.total
    FROM files f
    JOIN newest n ON n.project = f.project AND n.platform = f.platform AND n.branch = f.branch AND n.module = f.module
        AND n.file_path = f.file_path AND n.report_week = f.report_week
)
SELECT n.project, n.platform, n.branch, n.module, n.file_path, o.total AS old_lines, n.total AS new_lines,
    n.covered AS lines_covered, FLOOR(CAST(n.covered AS DOUBLE PRECISION) * 1000 / NULLIF(n.total, 0)) / 10 AS percent
FROM files n
LEFT JOIN earlier o ON o.project = n.project AND o.platform = n.platform AND o.branch = n.branch AND o.module = n.module
    AND o.file_path = n.file_path
WHERE n.report_week = CAST(:week AS DATE) AND n.total IS NOT NULL AND (o.total IS NULL OR o.total <> n.total)
ORDER BY n.project, n.platform, n.branch, n.module, n.file_path
