-- One row of the answer is a shard that a load of the week expected. Those run without
-- coverage, to see what it costs, are none.
SELECT run_id, project, platform, COALESCE(git_branch, '') AS branch, shard_name, shard_status,
    COALESCE(ending, '') AS how_it_ended
FROM coverage_shards
WHERE report_week = CAST(? AS DATE) AND COALESCE(coverage_driver, '') <> 'none'
    AND (CAST(? AS VARCHAR(128)) = '' OR project = ?)
ORDER BY project, platform, shard_name, run_id
