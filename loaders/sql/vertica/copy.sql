-- The rows come as text with control octets between them, see copyWriter. The
-- clauses stand in the order of the manual.
COPY coverage_staging (
    report_week, measured_at, project, platform, git_branch, git_commit, build_number, report_format, module_name,
    file_path, owner_name, lines_total, lines_covered, methods_total, methods_covered, branches_total, branches_covered,
    line_rate, basis, is_exact
) FROM STDIN ABORT ON ERROR DELIMITER E'\001' ENFORCELENGTH ESCAPE AS E'\004' NULL E'\003'
    RECORD TERMINATOR E'\002' NO COMMIT
