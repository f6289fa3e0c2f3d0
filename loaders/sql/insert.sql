-- The staged rows of one measurement.
INSERT INTO coverage_files (
    report_week, measured_at, project, platform, git_branch, git_commit, build_number, report_format, module_name,
    file_path, owner_name, lines_total, lines_covered, methods_total, methods_covered, branches_total, branches_covered,
    line_rate, basis, is_exact
)
SELECT report_week, measured_at, project, platform, git_branch, git_commit, build_number, report_format, module_name,
    file_path, owner_name, lines_total, lines_covered, methods_total, methods_covered, branches_total, branches_covered,
    line_rate, basis, is_exact
FROM coverage_staging
WHERE report_week = CAST(? AS DATE) AND project = ? AND platform = ? AND COALESCE(git_branch, '') = ?
