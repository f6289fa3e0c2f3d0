-- One row of the answer is a measurement among the staged rows: how many rows
-- it has there, how many the warehouse has of it, and how many differ. When it
-- was measured does not count: the same numbers measured twice are one
-- measurement.
WITH staged AS (
    SELECT report_week, project, platform, git_branch, git_commit, build_number, report_format, module_name, file_path,
        owner_name, lines_total, lines_covered, methods_total, methods_covered, branches_total, branches_covered,
        line_rate, basis, is_exact
    FROM coverage_staging
), kept AS (
    SELECT f.report_week, f.project, f.platform, f.git_branch, f.git_commit, f.build_number, f.report_format,
        f.module_name, f.file_path, f.owner_name, f.lines_total, f.lines_covered, f.methods_total, f.methods_covered,
        f.branches_total, f.branches_covered, f.line_rate, f.basis, f.is_exact
    FROM coverage_files f
    JOIN (SELECT DISTINCT report_week, project, platform, COALESCE(git_branch, '') AS branch FROM coverage_staging) s
        ON f.report_week = s.report_week AND f.project = s.project AND f.platform = s.platform
        AND COALESCE(f.git_branch, '') = s.branch
), gone AS (
    SELECT * FROM kept EXCEPT SELECT * FROM staged
), come AS (
    SELECT * FROM staged EXCEPT SELECT * FROM kept
), counted AS (
    SELECT report_week, project, platform, COALESCE(git_branch, '') AS branch, 1 AS staged, 0 AS kept, 0 AS other
    FROM staged
    UNION ALL
    SELECT report_week, project, platform, COALESCE(git_branch, ''), 0, 1, 0 FROM kept
    UNION ALL
    SELECT report_week, project, platform, COALESCE(git_branch, ''), 0, 0, 1 FROM gone
    UNION ALL
    SELECT report_week, project, platform, COALESCE(git_branch, ''), 0, 0, 1 FROM come
)
SELECT report_week, project, platform, branch, CAST(SUM(staged) AS BIGINT) AS staged_rows,
    CAST(SUM(kept) AS BIGINT) AS kept_rows, CAST(SUM(other) AS BIGINT) AS other_rows
FROM counted
GROUP BY report_week, project, platform, branch
ORDER BY report_week, project, platform, branch
