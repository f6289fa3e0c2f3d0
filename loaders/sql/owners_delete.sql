-- The owners of a project and platform in a week.
DELETE FROM coverage_owners WHERE report_week = CAST(? AS DATE) AND project = ? AND platform = ?
