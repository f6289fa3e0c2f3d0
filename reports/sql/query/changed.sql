-- Coverage of the files that changed lately.
-- One row is a file of the week asked for that was not there four weeks before or
-- earlier, or had another number of lines then.
WITH listed AS (
    SELECT project, platform, COALESCE(git_branch, '') AS branch, file_path, lines_total, lines_covered,
        CASE WHEN report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
            THEN COALESCE(module_name, '') ELSE '' END AS module
    FROM coverage_files
    WHERE report_week = CAST(:week AS DATE) AND (CAST(:project AS VARCHAR(128)) = '' OR project = :project)
), files AS (
    SELECT project, platform, branch, module, file_path, MAX(lines_total) AS total, MAX(lines_covered) AS covered
    FROM listed
    GROUP BY project, platform, branch, module, file_path
), newest AS (
    SELECT n.project, n.platform, n.branch, n.module, n.file_path, MAX(o.report_week) AS report_week
    FROM files n
    JOIN coverage_files o ON o.project = n.project AND o.platform = n.platform AND COALESCE(o.git_branch, '') = n.branch
        AND CASE WHEN o.report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
            THEN COALESCE(o.module_name, '') ELSE '' END = n.module
        AND o.file_path = n.file_path
    WHERE o.report_week <= CAST(:week AS DATE) - 28
    GROUP BY n.project, n.platform, n.branch, n.module, n.file_path
), earlier AS (
    SELECT n.project, n.platform, n.branch, n.module, n.file_path, MAX(o.lines_total) AS total
    FROM newest n
    JOIN coverage_files o ON o.project = n.project AND o.platform = n.platform AND COALESCE(o.git_branch, '') = n.branch
        AND CASE WHEN o.report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
            THEN COALESCE(o.module_name, '') ELSE '' END = n.module
        AND o.file_path = n.file_path AND o.report_week = n.report_week
    GROUP BY n.project, n.platform, n.branch, n.module, n.file_path
)
SELECT n.project, n.platform, n.branch, n.module, n.file_path, o.total AS old_lines, n.total AS new_lines,
    n.covered AS lines_covered, FLOOR(CAST(n.covered AS DOUBLE PRECISION) * 1000 / NULLIF(n.total, 0)) / 10 AS percent
FROM files n
LEFT JOIN earlier o ON o.project = n.project AND o.platform = n.platform AND o.branch = n.branch AND o.module = n.module
    AND o.file_path = n.file_path
WHERE n.total IS NOT NULL AND (o.total IS NULL OR o.total <> n.total)
ORDER BY n.project, n.platform, n.branch, n.module, n.file_path
