-- Releases, in one statement; see shards.sql.
INSERT INTO coverage_releases (project, platform, release_name, released_at, git_commit, release_source, release_url)
