-- One row of the answer is a load of a measurement, or a source that was missing,
-- in the weeks up to the one asked for, the oldest load first.
SELECT run_id, run_status, COALESCE(source_name, '') AS source, report_week, project, platform,
    COALESCE(git_branch, '') AS branch, COALESCE(findings_text, '') AS findings, shards_expected, shards_present,
    COALESCE(failing_parts, '') AS failing
FROM coverage_runs
WHERE report_week <= CAST(? AS DATE) AND (CAST(? AS VARCHAR(128)) = '' OR project = ?)
ORDER BY loaded_at, run_id
