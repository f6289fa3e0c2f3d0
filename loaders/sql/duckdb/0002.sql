-- One row of coverage_runs is one measurement that a load has added or replaced,
-- or a source that could not be measured (run_status 'missing'). Rows are added
-- and never changed: the newest of a measurement tells of what is kept.
CREATE TABLE coverage_runs (
    run_id                  VARCHAR   NOT NULL, -- one load; its measurements have the same
    run_status              VARCHAR   NOT NULL, -- added, replaced, unchanged or missing
    source_name             VARCHAR,            -- of the configuration; NULL for covpipe load
    report_week             DATE      NOT NULL,
    measured_at             TIMESTAMP,
    project                 VARCHAR   NOT NULL,
    platform                VARCHAR   NOT NULL,
    git_branch              VARCHAR,
    git_commit              VARCHAR,
    build_number            BIGINT,
    report_format           VARCHAR,
    report_sha256           VARCHAR,            -- of the report file, where it is one
    stated_lines_total      BIGINT,             -- what the report states of itself
    stated_lines_covered    BIGINT,
    stated_methods_total    BIGINT,
    stated_methods_covered  BIGINT,
    stated_branches_total   BIGINT,
    stated_branches_covered BIGINT,
    lines_total             BIGINT,             -- summed over the rows
    lines_covered           BIGINT,
    methods_total           BIGINT,
    methods_covered         BIGINT,
    branches_total          BIGINT,
    branches_covered        BIGINT,
    findings_count          BIGINT,
    findings_text           VARCHAR,            -- "path: finding", one a line, the first of them
    shards_expected         BIGINT,
    shards_present          BIGINT,
    failing_parts           VARCHAR,            -- parts measured although their tests fail
    rows_loaded             BIGINT    NOT NULL,
    measure_seconds         DOUBLE,
    load_seconds            DOUBLE,
    covpipe_version         VARCHAR,
    loaded_at               TIMESTAMP NOT NULL
);

-- One row of coverage_releases is a release of a platform.
CREATE TABLE coverage_releases (
    project      VARCHAR   NOT NULL,
    platform     VARCHAR   NOT NULL,
    release_name VARCHAR   NOT NULL,
    released_at  TIMESTAMP NOT NULL,
    git_commit   VARCHAR
);

-- One row of coverage_owners is who owned a file in a week, as it was then.
CREATE TABLE coverage_owners (
    report_week DATE    NOT NULL,
    project     VARCHAR NOT NULL,
    platform    VARCHAR NOT NULL,
    module_name VARCHAR,
    file_path   VARCHAR NOT NULL,
    owner_name  VARCHAR NOT NULL
);
