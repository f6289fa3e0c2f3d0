-- Files that could not be found in the repository, so that nobody owns them.
-- One row is a file of the week asked for that lies under none of the roots, or
-- under several; in each module or target that has it.
SELECT project, platform, COALESCE(module_name, '') AS module, file_path
FROM coverage_owners
WHERE report_week = CAST(:week AS DATE) AND (CAST(:project AS VARCHAR(128)) = '' OR project = :project)
    AND owner_name = '(unmatched)'
ORDER BY project, platform, module, file_path
