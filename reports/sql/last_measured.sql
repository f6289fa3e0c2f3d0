-- One row of the answer is a platform of the project and its newest week.
SELECT platform, max(report_week) FROM coverage_files WHERE project = ? GROUP BY platform;
