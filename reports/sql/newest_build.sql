-- The answer is one row: the highest number of a build of the project, platform
-- and branch ('' for none) that was ever loaded, or NULL.
SELECT MAX(build_number) AS newest
FROM coverage_runs
WHERE project = ? AND platform = ? AND COALESCE(git_branch, '') = ? AND run_status <> 'missing'
