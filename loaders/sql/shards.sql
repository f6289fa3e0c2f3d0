-- The shards of a source, in one statement: of single rows Vertica would make a
-- container each, and refuses more than 1024 of them.
INSERT INTO coverage_shards (
    run_id, source_name, report_week, project, platform, git_branch, shard_name, shard_status, ending, tests_run,
    wall_seconds, cpu_seconds, peak_octets, coverage_driver
)
