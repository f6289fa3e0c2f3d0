-- One row of the answer is a release of a project.
SELECT platform, release_name, released_at, COALESCE(git_commit, '') AS git_commit,
    COALESCE(release_source, '') AS release_source, COALESCE(release_url, '') AS release_url
FROM coverage_releases
WHERE project = ?
