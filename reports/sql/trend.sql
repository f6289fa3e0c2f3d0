-- One row of the answer is a measurement in one of the weeks from one to another,
-- with its lines, of all files or of those of an owner ('' for all): NULL if it has
-- none. A file that Xcode lists under several targets counts once, as in week.sql.
SELECT report_week, platform, COALESCE(git_branch, '') AS branch,
    CAST(SUM(CASE WHEN wanted = 1 THEN run_lines END) AS BIGINT) AS covered,
    CAST(SUM(CASE WHEN wanted = 1 THEN all_lines END) AS BIGINT) AS total
FROM (
    SELECT report_week, platform, git_branch, file_path, MAX(lines_total) AS all_lines, MAX(lines_covered) AS run_lines,
        MAX(CASE WHEN lines_total IS NOT NULL AND lines_covered IS NOT NULL
            AND (CAST(? AS VARCHAR(256)) = ''
                OR POSITION(CAST(? AS VARCHAR(258)) IN CONCAT(CONCAT(' ', owner_name), ' ')) > 0)
            THEN 1 ELSE 0 END) AS wanted
    FROM coverage_files
    WHERE project = ? AND report_week >= CAST(? AS DATE) AND report_week <= CAST(? AS DATE)
    GROUP BY report_week, platform, git_branch,
        CASE WHEN report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive') THEN module_name END, file_path
) AS files
GROUP BY report_week, platform, COALESCE(git_branch, '')
ORDER BY report_week, platform, branch
