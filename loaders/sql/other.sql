-- The answer is one row: how many rows of one measurement differ between what is
-- staged and what the warehouse has, on both sides. When it was measured does
-- not count: the same numbers measured twice are one measurement.
WITH staged AS (
    SELECT git_branch, git_commit, build_number, report_format, module_name, file_path, owner_name, lines_total,
        lines_covered, methods_total, methods_covered, branches_total, branches_covered, line_rate, basis, is_exact
    FROM coverage_staging
    WHERE report_week = CAST(? AS DATE) AND project = ? AND platform = ? AND COALESCE(git_branch, '') = ?
), kept AS (
    SELECT git_branch, git_commit, build_number, report_format, module_name, file_path, owner_name, lines_total,
        lines_covered, methods_total, methods_covered, branches_total, branches_covered, line_rate, basis, is_exact
    FROM coverage_files
    WHERE report_week = CAST(? AS DATE) AND project = ? AND platform = ? AND COALESCE(git_branch, '') = ?
), gone AS (
    SELECT * FROM kept EXCEPT SELECT * FROM staged
), come AS (
    SELECT * FROM staged EXCEPT SELECT * FROM kept
)
SELECT (SELECT COUNT(*) FROM gone) + (SELECT COUNT(*) FROM come) AS other_rows
