-- One row of coverage_files is one file of one measurement (project, platform,
-- branch and week). What is not known is NULL, never 0. Times are UTC.
CREATE TABLE coverage_files (
    report_week      DATE      NOT NULL, -- the Monday of the ISO week measured
    measured_at      TIMESTAMP NOT NULL,
    project          VARCHAR   NOT NULL,
    platform         VARCHAR   NOT NULL,
    git_branch       VARCHAR,
    git_commit       VARCHAR,
    build_number     BIGINT,
    report_format    VARCHAR   NOT NULL,
    module_name      VARCHAR,
    file_path        VARCHAR,            -- NULL for the total of a build
    owner_name       VARCHAR,
    lines_total      BIGINT,
    lines_covered    BIGINT,
    methods_total    BIGINT,
    methods_covered  BIGINT,
    branches_total   BIGINT,
    branches_covered BIGINT,
    line_rate        DOUBLE,             -- 0 to 1, only where there are no counts
    basis            VARCHAR   NOT NULL,
    is_exact         BOOLEAN   NOT NULL
);

-- One row of coverage_schema is one version of this schema that was applied.
CREATE TABLE coverage_schema (
    version    INTEGER   NOT NULL,
    applied_at TIMESTAMP NOT NULL
);
