-- One row of the answer is a file of one measurement in the week, measurements
-- together. A file that Xcode lists under several targets (xcov, xccov) is one
-- file, with the most that any target has of it; elsewhere the same path in two
-- modules is two files.
SELECT project, platform, git_branch, max(git_commit), max(build_number), max(report_format), max(measured_at), file_path,
    max(lines_total), max(lines_covered), max(methods_total), max(methods_covered), max(branches_total), max(branches_covered),
    max(line_rate), bool_and(is_exact)
FROM coverage_files
WHERE report_week = CAST(? AS DATE) AND (? = '' OR project = ?)
GROUP BY project, platform, git_branch, CASE WHEN report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive') THEN module_name END, file_path
ORDER BY project, platform, git_branch, file_path;
