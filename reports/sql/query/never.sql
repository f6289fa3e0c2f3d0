-- The files that no measurement has ever seen a line of run.
-- One row is a file of the week asked for with its lines, and the first week in
-- which it was there.
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
)
SELECT project, platform, branch, module, file_path,
    MAX(CASE WHEN report_week = CAST(:week AS DATE) THEN total END) AS lines_total,
    MIN(report_week) AS since
FROM files
WHERE file_path IS NOT NULL
GROUP BY project, platform, branch, module, file_path
HAVING MAX(covered) = 0 AND MAX(CASE WHEN report_week = CAST(:week AS DATE) THEN total END) > 0
ORDER BY project, platform, branch, module, file_path
