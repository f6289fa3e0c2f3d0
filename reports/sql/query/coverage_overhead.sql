-- What coverage costs, in every week up to the one asked for that measured it.
-- One row is a measurement: its shards that also ran without coverage, the seconds
-- that they took with it and without, and how many times the processor time it takes.
WITH pairs AS (
    SELECT covered.report_week, covered.project, covered.platform, COALESCE(covered.git_branch, '') AS branch,
        covered.coverage_driver, covered.wall_seconds AS wall_with, alone.wall_seconds AS wall_without,
        covered.cpu_seconds AS cpu_with, alone.cpu_seconds AS cpu_without
    FROM coverage_shards covered
    JOIN coverage_shards alone ON alone.run_id = covered.run_id AND alone.project = covered.project
        AND alone.platform = covered.platform AND COALESCE(alone.git_branch, '') = COALESCE(covered.git_branch, '')
        AND alone.shard_name = covered.shard_name || '~without'
    WHERE covered.coverage_driver <> 'none' AND alone.coverage_driver = 'none'
        AND covered.shard_status <> 'missing' AND alone.shard_status <> 'missing'
        AND covered.report_week <= CAST(:week AS DATE)
        AND (CAST(:project AS VARCHAR(128)) = '' OR covered.project = :project)
)
SELECT report_week, project, platform, branch, coverage_driver, COUNT(*) AS shards,
    FLOOR(SUM(wall_with) * 10) / 10 AS seconds_with, FLOOR(SUM(wall_without) * 10) / 10 AS seconds_without,
    FLOOR(SUM(cpu_with) * 10) / 10 AS cpu_with, FLOOR(SUM(cpu_without) * 10) / 10 AS cpu_without,
    FLOOR(SUM(cpu_with) * 100 / NULLIF(SUM(cpu_without), 0)) / 100 AS times_the_cpu
FROM pairs
GROUP BY report_week, project, platform, branch, coverage_driver
ORDER BY report_week, project, platform, branch, coverage_driver
