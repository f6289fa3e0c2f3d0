-- One row of the answer is a platform of a project and the newest week, up to the
-- one asked for, in which it was measured.
SELECT project, platform, MAX(report_week) AS newest, MAX(measured_at) AS newest_time
FROM coverage_files
WHERE report_week <= CAST(? AS DATE) AND (CAST(? AS VARCHAR(128)) = '' OR project = ?)
GROUP BY project, platform
ORDER BY project, platform
