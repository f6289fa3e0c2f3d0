-- One row of the answer is a release of a project ('' for any), the oldest first.
SELECT project, platform, release_name, released_at, COALESCE(git_commit, '') AS commit_hash,
    COALESCE(release_source, '') AS known_from, COALESCE(release_url, '') AS address
FROM coverage_releases
WHERE CAST(? AS VARCHAR(128)) = '' OR project = ?
ORDER BY released_at, project, platform, release_name
