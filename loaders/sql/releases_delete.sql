-- One release.
DELETE FROM coverage_releases WHERE project = ? AND platform = ? AND release_name = ?
