-- One row of the answer is what a measurement of a week has in files of the same
-- owners ('' where nobody looked). Files without counts of lines are left out. A
-- file that Xcode lists under several targets is one file, as in week.sql.
SELECT report_week, project, platform, branch, owners, CAST(SUM(lines_covered) AS BIGINT) AS covered,
    CAST(SUM(lines_total) AS BIGINT) AS total,
    MIN(exact) AS all_exact
FROM (
    SELECT report_week, project, platform, COALESCE(git_branch, '') AS branch, COALESCE(owner_name, '') AS owners,
        lines_covered, lines_total, CASE WHEN is_exact THEN 1 ELSE 0 END AS exact
    FROM coverage_files
    WHERE report_week <= CAST(? AS DATE) AND (CAST(? AS VARCHAR(128)) = '' OR project = ?)
        AND lines_total IS NOT NULL AND lines_covered IS NOT NULL
        AND report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
    UNION ALL
    SELECT report_week, project, platform, COALESCE(git_branch, '') AS branch, COALESCE(MAX(owner_name), '') AS owners,
        MAX(lines_covered) AS lines_covered, MAX(lines_total) AS lines_total,
        MIN(CASE WHEN is_exact THEN 1 ELSE 0 END) AS exact
    FROM coverage_files
    WHERE report_week <= CAST(? AS DATE) AND (CAST(? AS VARCHAR(128)) = '' OR project = ?)
        AND lines_total IS NOT NULL AND lines_covered IS NOT NULL
        AND report_format IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
    GROUP BY report_week, project, platform, git_branch, file_path
) AS files
GROUP BY report_week, project, platform, branch, owners
ORDER BY report_week, project, platform, branch, owners
