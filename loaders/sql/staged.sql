-- The answer is one row: how many rows are staged, and in how many of them what
-- a warehouse needs is unknown.
SELECT COUNT(*) AS staged,
    COUNT(*) - COUNT(report_week) AS no_week, COUNT(*) - COUNT(measured_at) AS no_time,
    COUNT(*) - COUNT(project) AS no_project, COUNT(*) - COUNT(platform) AS no_platform
FROM coverage_staging
