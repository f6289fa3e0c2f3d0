-- The rows of a load before they count; seen by this session only. Without
-- PRESERVE ROWS they would go with the next commit.
CREATE LOCAL TEMP TABLE coverage_staging (
    report_week DATE, measured_at TIMESTAMP, project VARCHAR(128), platform VARCHAR(64), git_branch VARCHAR(512),
    git_commit VARCHAR(128), build_number INT, report_format VARCHAR(64), module_name VARCHAR(1024),
    file_path VARCHAR(4096), owner_name VARCHAR(256), lines_total INT, lines_covered INT, methods_total INT,
    methods_covered INT, branches_total INT, branches_covered INT, line_rate FLOAT, basis VARCHAR(32), is_exact BOOLEAN
) ON COMMIT PRESERVE ROWS
