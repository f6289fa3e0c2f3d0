-- One row of the answer is a platform of the project and its newest week.
SELECT platform, MAX(report_week) AS newest FROM coverage_files WHERE project = ? GROUP BY platform
