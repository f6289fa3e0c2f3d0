-- The rows of one measurement of a load before they count; seen by this
-- connection only. See stage in duckdb_stage.go.
CREATE OR REPLACE TEMPORARY VIEW coverage_staging AS SELECT * FROM {function}()
