-- The answer is one row: how many rows are staged.
SELECT COUNT(*) AS staged FROM coverage_staging
