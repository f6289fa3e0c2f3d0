-- The answer is one row: how many rows the ledger has of a load.
SELECT COUNT(*) AS ledger_rows FROM coverage_runs WHERE run_id = ?
