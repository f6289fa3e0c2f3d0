-- The files that no measurement has ever seen a line of run.
-- One row is a file of the week asked for with its lines, and the first week in
-- which it was there.
WITH listed AS (
    SELECT report_week, project, platform, COALESCE(git_branch, '') AS branch, file_path, lines_total, lines_covered,
        CASE WHEN report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
            THEN COALESCE(module_name, '') ELSE '' END AS module
    FROM coverage_files
    WHERE report_week <= CAST(:week AS DATE) AND (CAST(:project AS VARCHAR(128)) = '' OR project = :project)
        AND file_path IS NOT NULL
)
SELECT project, platform, branch, module, file_path,
    MAX(CASE WHEN report_week = CAST(:week AS DATE) THEN lines_total END) AS lines_total,
    MIN(report_week) AS since
FROM listed
GROUP BY project, platform, branch, module, file_path
HAVING MAX(lines_covered) = 0 AND MAX(CASE WHEN report_week = CAST(:week AS DATE) THEN lines_total END) > 0
ORDER BY project, platform, branch, module, file_path
