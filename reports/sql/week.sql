-- One row of the answer is a file of one measurement in the week, measurements
-- together. A file that Xcode lists under several targets (xcov, xccov) is one
-- file, with the most that any target has of it; elsewhere the same path in two
-- modules is two files.
SELECT project, platform, git_branch, MAX(git_commit) AS newest_commit, MAX(build_number) AS newest_build,
    MAX(report_format) AS one_format, MAX(measured_at) AS newest_time, file_path,
    MAX(lines_total) AS all_lines, MAX(lines_covered) AS run_lines, MAX(methods_total) AS all_methods,
    MAX(methods_covered) AS run_methods, MAX(branches_total) AS all_branches, MAX(branches_covered) AS run_branches,
    MAX(line_rate) AS best_rate, MIN(CASE WHEN is_exact THEN 1 ELSE 0 END) AS all_exact,
    CASE WHEN report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
        THEN module_name END AS one_module,
    MAX(owner_name) AS owners, MAX(basis) AS one_basis
FROM coverage_files
WHERE report_week = CAST(? AS DATE) AND (CAST(? AS VARCHAR(128)) = '' OR project = ?)
    AND (CAST(? AS VARCHAR(128)) = '' OR platform = ?)
GROUP BY project, platform, git_branch,
    CASE WHEN report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive') THEN module_name END, file_path
ORDER BY project, platform, COALESCE(git_branch, ''), COALESCE(file_path, ''), COALESCE(one_module, '')
