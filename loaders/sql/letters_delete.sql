-- The claim of an edition that was not sent.
DELETE FROM coverage_letters
WHERE project = ? AND report_week = CAST(? AS DATE) AND edition = ? AND message_id = ? AND letter_status = 'sending'
