-- An edition that is about to be sent.
INSERT INTO coverage_letters (project, report_week, edition, message_id, letter_sha256, letter_status, changed_at)
VALUES (?, CAST(? AS DATE), ?, ?, ?, 'sending', CAST(? AS TIMESTAMP))
