-- One row of the ledger.
INSERT INTO coverage_runs (
    run_id, run_status, source_name, report_week, measured_at, project, platform, git_branch, git_commit, build_number,
    report_format, report_sha256, stated_lines_total, stated_lines_covered, stated_methods_total,
    stated_methods_covered, stated_branches_total, stated_branches_covered, lines_total, lines_covered, methods_total,
    methods_covered, branches_total, branches_covered, findings_count, findings_text, shards_expected, shards_present,
    failing_parts, rows_loaded, measure_seconds, coverage_driver, runtime_version, runner_version, tests_run,
    load_seconds, covpipe_version, loaded_at
) VALUES (
    ?, ?, ?, CAST(? AS DATE), CAST(? AS TIMESTAMP), ?, ?, ?, ?, ?,
    ?, ?, ?, ?, ?,
    ?, ?, ?, ?, ?, ?,
    ?, ?, ?, ?, ?, ?, ?,
    ?, ?, ?, ?, ?, ?, ?,
    ?, ?, CAST(? AS TIMESTAMP)
)
