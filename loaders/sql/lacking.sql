-- One row of the answer is a shard of a source that a run was to have and lacks.
SELECT shard_name, COALESCE(ending, '')
FROM coverage_shards
WHERE run_id = ? AND source_name = ? AND shard_status = 'missing'
