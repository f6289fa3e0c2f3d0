-- One row of the answer is a measurement among the staged rows: how many rows
-- it has there, how many the warehouse has of it, and how many differ. When it
-- was measured does not count: the same numbers measured twice are one
-- measurement.
WITH staged AS (
    SELECT * EXCLUDE (measured_at) FROM temp.coverage_staging
), kept AS (
    SELECT f.* EXCLUDE (measured_at)
    FROM coverage_files f
    SEMI JOIN staged s ON f.report_week = s.report_week AND f.project = s.project AND f.platform = s.platform
        AND f.git_branch IS NOT DISTINCT FROM s.git_branch
), differing AS (
    (SELECT * FROM staged EXCEPT SELECT * FROM kept) UNION ALL (SELECT * FROM kept EXCEPT SELECT * FROM staged)
), counted AS (
    SELECT report_week, project, platform, git_branch, 1 AS staged, 0 AS kept, 0 AS differing FROM staged
    UNION ALL SELECT report_week, project, platform, git_branch, 0, 1, 0 FROM kept
    UNION ALL SELECT report_week, project, platform, git_branch, 0, 0, 1 FROM differing
)
SELECT report_week, project, platform, git_branch,
    sum(staged)::BIGINT AS staged, sum(kept)::BIGINT AS kept, sum(differing)::BIGINT AS differing
FROM counted
GROUP BY report_week, project, platform, git_branch
ORDER BY report_week, project, platform, git_branch;
