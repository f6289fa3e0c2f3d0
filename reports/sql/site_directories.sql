-- One row of the answer is a directory below a common one, or that itself (''), in a
-- week of one measurement. A file that Xcode lists under several targets is one
-- file, as in week.sql. Files without counts of lines are left out.
SELECT report_week, top, CAST(SUM(covered) AS BIGINT) AS run_lines, CAST(SUM(total) AS BIGINT) AS all_lines,
    MIN(exact) AS all_exact
FROM (
    SELECT report_week, CASE WHEN SPLIT_PART(below, '/', 2) = '' THEN '' ELSE SPLIT_PART(below, '/', 1) END AS top,
        MAX(lines_covered) AS covered, MAX(lines_total) AS total, MIN(exact) AS exact
    FROM (
        SELECT report_week, file_path, SUBSTR(file_path, CAST(? AS INTEGER)) AS below, lines_covered, lines_total,
            CASE WHEN is_exact THEN 1 ELSE 0 END AS exact,
            CASE WHEN report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
                THEN module_name END AS one_module
        FROM coverage_files
        WHERE report_week >= CAST(? AS DATE) AND report_week <= CAST(? AS DATE) AND project = ? AND platform = ?
            AND COALESCE(git_branch, '') = ?
            AND SUBSTR(file_path, 1, CAST(? AS INTEGER)) = ? AND lines_total IS NOT NULL AND lines_covered IS NOT NULL
    ) AS inside
    GROUP BY report_week, file_path, below, one_module
) AS files
GROUP BY report_week, top
ORDER BY report_week, top
