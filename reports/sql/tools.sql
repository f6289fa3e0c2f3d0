-- One row of the answer is a load of a measurement, in the weeks up to the one
-- asked for, and what measured it.
SELECT run_id, project, platform, COALESCE(git_branch, '') AS branch, COALESCE(coverage_driver, '') AS driver,
    COALESCE(runtime_version, '') AS runtime, COALESCE(runner_version, '') AS runner
FROM coverage_runs
WHERE report_week <= CAST(? AS DATE) AND (CAST(? AS VARCHAR(128)) = '' OR project = ?)
    AND (coverage_driver IS NOT NULL OR runtime_version IS NOT NULL OR runner_version IS NOT NULL)
