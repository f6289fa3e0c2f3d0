-- One row of coverage_runs is one measurement that a load has added or replaced,
-- or a source that could not be measured (run_status 'missing'). Rows are added
-- and never changed: the newest of a measurement tells of what is kept.
CREATE TABLE coverage_runs (
    run_id                  VARCHAR(64)    NOT NULL, -- one load; its measurements have the same
    run_status              VARCHAR(16)    NOT NULL, -- added, replaced, unchanged or missing
    source_name             VARCHAR(256),            -- of the configuration; NULL for covpipe load
    report_week             DATE           NOT NULL,
    measured_at             TIMESTAMP,
    project                 VARCHAR(128)   NOT NULL,
    platform                VARCHAR(64)    NOT NULL,
    git_branch              VARCHAR(512),
    git_commit              VARCHAR(128),
    build_number            INT,
    report_format           VARCHAR(64),
    report_sha256           VARCHAR(64),             -- of the report file, where it is one
    stated_lines_total      INT,                     -- what the report states of itself
    stated_lines_covered    INT,
    stated_methods_total    INT,
    stated_methods_covered  INT,
    stated_branches_total   INT,
    stated_branches_covered INT,
    lines_total             INT,                     -- summed over the rows
    lines_covered           INT,
    methods_total           INT,
    methods_covered         INT,
    branches_total          INT,
    branches_covered        INT,
    findings_count          INT,
    findings_text           VARCHAR(16000),          -- "path: finding", one a line, the first of them
    shards_expected         INT,
    shards_present          INT,
    failing_parts           VARCHAR(4096),           -- parts measured although their tests fail
    rows_loaded             INT            NOT NULL,
    measure_seconds         FLOAT,
    load_seconds            FLOAT,
    covpipe_version         VARCHAR(128),
    loaded_at               TIMESTAMP      NOT NULL
)
ORDER BY project, platform, report_week
UNSEGMENTED ALL NODES;

-- One row of coverage_releases is a release of a platform.
CREATE TABLE coverage_releases (
    project      VARCHAR(128) NOT NULL,
    platform     VARCHAR(64)  NOT NULL,
    release_name VARCHAR(256) NOT NULL,
    released_at  TIMESTAMP    NOT NULL,
    git_commit   VARCHAR(128)
)
UNSEGMENTED ALL NODES;

-- One row of coverage_owners is who owned a file in a week, as it was then.
CREATE TABLE coverage_owners (
    report_week DATE          NOT NULL,
    project     VARCHAR(128)  NOT NULL,
    platform    VARCHAR(64)   NOT NULL,
    module_name VARCHAR(1024),
    file_path   VARCHAR(4096) NOT NULL,
    owner_name  VARCHAR(256)  NOT NULL
)
ORDER BY project, platform, report_week, module_name, file_path
SEGMENTED BY HASH(file_path) ALL NODES
PARTITION BY report_week GROUP BY CALENDAR_HIERARCHY_DAY(report_week, 2, 2);
