-- One row of the answer is what a measurement of a week has in files of the same
-- owners ('' where nobody looked): lines, and whether all of them are exact, NULL
-- if no file has counts of lines. A file that Xcode lists under several targets is
-- one file, as in week.sql.
SELECT report_week, project, platform, branch, owners,
    CAST(SUM(CASE WHEN lines_total IS NOT NULL THEN lines_covered END) AS BIGINT) AS covered,
    CAST(SUM(CASE WHEN lines_covered IS NOT NULL THEN lines_total END) AS BIGINT) AS total,
    MIN(CASE WHEN lines_total IS NOT NULL AND lines_covered IS NOT NULL THEN exact END) AS all_exact
FROM (
    SELECT report_week, project, platform, COALESCE(git_branch, '') AS branch, COALESCE(owner_name, '') AS owners,
        lines_covered, lines_total, CASE WHEN is_exact THEN 1 ELSE 0 END AS exact
    FROM coverage_files
    WHERE report_week <= CAST(? AS DATE) AND (CAST(? AS VARCHAR(128)) = '' OR project = ?)
        AND report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
    UNION ALL
    SELECT report_week, project, platform, COALESCE(git_branch, '') AS branch, COALESCE(MAX(owner_name), '') AS owners,
        MAX(lines_covered) AS lines_covered, MAX(lines_total) AS lines_total,
        MIN(CASE WHEN is_exact THEN 1 ELSE 0 END) AS exact
    FROM coverage_files
    WHERE report_week <= CAST(? AS DATE) AND (CAST(? AS VARCHAR(128)) = '' OR project = ?)
        AND report_format IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
    GROUP BY report_week, project, platform, git_branch, file_path
) AS files
GROUP BY report_week, project, platform, branch, owners
ORDER BY report_week, project, platform, branch, owners
