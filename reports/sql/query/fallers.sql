-- The files whose coverage fell most since the measurement before.
-- One row is a file with lines in both weeks; moved is the difference in covered
-- lines, in per cent of its lines.
WITH before AS (
    SELECT project, platform, COALESCE(git_branch, '') AS branch, MAX(report_week) AS report_week
    FROM coverage_files
    WHERE report_week < CAST(:week AS DATE) AND (CAST(:project AS VARCHAR(128)) = '' OR project = :project)
    GROUP BY project, platform, COALESCE(git_branch, '')
), weeks AS (
    SELECT report_week FROM before
    UNION
    SELECT CAST(:week AS DATE) AS report_week
), files AS (
    SELECT report_week, project, platform, COALESCE(git_branch, '') AS branch, COALESCE(module_name, '') AS module,
        file_path, MAX(owner_name) AS owner, MAX(lines_total) AS total, MAX(lines_covered) AS covered
    FROM (
        SELECT report_week, project, platform, git_branch, file_path, owner_name, lines_total, lines_covered,
            CASE WHEN report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
                THEN module_name END AS module_name
        FROM coverage_files
        WHERE report_week IN (SELECT report_week FROM weeks)
            AND (CAST(:project AS VARCHAR(128)) = '' OR project = :project)
    ) one_a_file
    GROUP BY report_week, project, platform, COALESCE(git_branch, ''), COALESCE(module_name, ''), file_path
), compared AS (
    SELECT n.project, n.platform, n.branch, n.module, n.file_path, o.covered AS old_covered, o.total AS old_total,
        n.covered AS new_covered, n.total AS new_total,
        ROUND(CAST(n.covered AS DOUBLE PRECISION) * 100 / n.total
            - CAST(o.covered AS DOUBLE PRECISION) * 100 / o.total, 1) AS moved
    FROM files n
    JOIN before b ON b.project = n.project AND b.platform = n.platform AND b.branch = n.branch
    JOIN files o ON o.report_week = b.report_week AND o.project = n.project AND o.platform = n.platform
        AND o.branch = n.branch AND o.module = n.module AND o.file_path = n.file_path
    WHERE n.report_week = CAST(:week AS DATE) AND n.total > 0 AND o.total > 0
)
SELECT project, platform, branch, module, file_path, old_covered, old_total, new_covered, new_total, moved
FROM compared
WHERE moved < 0
ORDER BY moved, project, platform, branch, module, file_path
LIMIT 20
