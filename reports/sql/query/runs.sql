-- How complete the runs were, in every week up to the one asked for.
-- One row is a source in a week, as its newest run left it.
WITH numbered AS (
    SELECT report_week, project, platform, COALESCE(git_branch, '') AS branch, run_status, rows_loaded, shards_present,
        shards_expected, findings_count, failing_parts, loaded_at,
        ROW_NUMBER() OVER (PARTITION BY report_week, project, platform, COALESCE(git_branch, '')
            ORDER BY loaded_at DESC, run_id DESC) AS place
    FROM coverage_runs
    WHERE report_week <= CAST(:week AS DATE) AND (CAST(:project AS VARCHAR(128)) = '' OR project = :project)
)
SELECT report_week, project, platform, branch, run_status, rows_loaded, shards_present, shards_expected,
    findings_count, COALESCE(failing_parts, '') AS failing, loaded_at
FROM numbered
WHERE place = 1
ORDER BY report_week, project, platform, branch
