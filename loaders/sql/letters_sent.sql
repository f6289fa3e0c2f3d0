-- An edition that was about to be sent is sent.
UPDATE coverage_letters SET letter_status = 'sent', changed_at = CAST(? AS TIMESTAMP)
WHERE project = ? AND report_week = CAST(? AS DATE) AND edition = ? AND message_id = ? AND letter_status = 'sending'
