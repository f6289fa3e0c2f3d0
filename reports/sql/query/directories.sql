-- Coverage by directory in a week.
-- One row is a directory of a platform: the first two parts of the path.
WITH files AS (
    SELECT report_week, project, platform, COALESCE(git_branch, '') AS branch, COALESCE(module_name, '') AS module,
        file_path, MAX(owner_name) AS owner, MAX(lines_total) AS total, MAX(lines_covered) AS covered
    FROM (
        SELECT report_week, project, platform, git_branch, file_path, owner_name, lines_total, lines_covered,
            CASE WHEN report_format NOT IN ('xcov', 'xcov_core', 'xccov_report', 'xccov_archive')
                THEN module_name END AS module_name
        FROM coverage_files
        WHERE report_week = CAST(:week AS DATE) AND (CAST(:project AS VARCHAR(128)) = '' OR project = :project)
    ) one_a_file
    GROUP BY report_week, project, platform, COALESCE(git_branch, ''), COALESCE(module_name, ''), file_path
), placed AS (
    SELECT project, platform, branch, total, covered,
        CASE WHEN SPLIT_PART(file_path, '/', 2) = '' THEN '.'
            WHEN SPLIT_PART(file_path, '/', 3) = '' THEN SPLIT_PART(file_path, '/', 1)
            ELSE SPLIT_PART(file_path, '/', 1) || '/' || SPLIT_PART(file_path, '/', 2) END AS directory
    FROM files
    WHERE file_path IS NOT NULL
)
SELECT project, platform, branch, directory, COUNT(*) AS files, CAST(SUM(covered) AS BIGINT) AS lines_covered,
    CAST(SUM(total) AS BIGINT) AS lines_total,
    FLOOR(CAST(SUM(covered) AS DOUBLE PRECISION) * 1000 / NULLIF(SUM(total), 0)) / 10 AS percent
FROM placed
GROUP BY project, platform, branch, directory
ORDER BY project, platform, branch, directory
