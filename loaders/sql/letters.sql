-- One row of the answer is an edition of a project's letter, the newest week
-- first.
SELECT project, report_week, edition, message_id, letter_sha256, letter_status, changed_at
FROM coverage_letters
WHERE project = ?
ORDER BY report_week DESC, edition
