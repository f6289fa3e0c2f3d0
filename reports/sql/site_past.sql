-- One row of the answer is a file of a measurement in one of the weeks between
-- two, files together, the newest week first. Files without counts of lines are
-- left out.
SELECT report_week, project, platform, COALESCE(git_branch, '') AS branch,
    CASE WHEN report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
        THEN COALESCE(module_name, '') ELSE '' END AS one_module,
    file_path, MAX(lines_covered) AS run_lines, MAX(lines_total) AS all_lines
FROM coverage_files
WHERE report_week >= CAST(? AS DATE) AND report_week <= CAST(? AS DATE)
    AND (CAST(? AS VARCHAR(128)) = '' OR project = ?)
    AND lines_total IS NOT NULL AND lines_covered IS NOT NULL AND file_path IS NOT NULL
GROUP BY report_week, project, platform, git_branch,
    CASE WHEN report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
        THEN COALESCE(module_name, '') ELSE '' END, file_path
ORDER BY project, platform, COALESCE(git_branch, ''), file_path, one_module, report_week DESC
