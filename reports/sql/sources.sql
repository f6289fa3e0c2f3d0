-- One row of the answer is a platform of a project and the newest week, up to the
-- one asked for, in which it was measured, with the time of that measurement: one
-- that was made later may be of an earlier week.
SELECT files.project, files.platform, files.report_week AS newest, MAX(files.measured_at) AS newest_time
FROM coverage_files AS files
JOIN (
    SELECT project, platform, MAX(report_week) AS report_week
    FROM coverage_files
    WHERE report_week <= CAST(? AS DATE) AND (CAST(? AS VARCHAR(128)) = '' OR project = ?)
    GROUP BY project, platform
) AS newest_weeks ON newest_weeks.project = files.project AND newest_weeks.platform = files.platform
    AND newest_weeks.report_week = files.report_week
GROUP BY files.project, files.platform, files.report_week
ORDER BY files.project, files.platform
