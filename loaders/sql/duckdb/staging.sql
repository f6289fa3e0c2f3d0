-- The rows of a load before they count; seen by this connection only.
CREATE OR REPLACE TEMPORARY TABLE coverage_staging (
    report_week DATE, measured_at TIMESTAMP, project VARCHAR, platform VARCHAR, git_branch VARCHAR, git_commit VARCHAR,
    build_number BIGINT, report_format VARCHAR, module_name VARCHAR, file_path VARCHAR, owner_name VARCHAR,
    lines_total BIGINT, lines_covered BIGINT, methods_total BIGINT, methods_covered BIGINT,
    branches_total BIGINT, branches_covered BIGINT, line_rate DOUBLE, basis VARCHAR, is_exact BOOLEAN
);
