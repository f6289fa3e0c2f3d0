-- One row of coverage_files is one file of one measurement (project, platform,
-- branch and week). What is not known is NULL, never 0. Times are UTC. Lengths
-- are octets.
CREATE TABLE coverage_files (
    report_week      DATE          NOT NULL, -- the Monday of the ISO week measured
    measured_at      TIMESTAMP     NOT NULL,
    project          VARCHAR(128)  NOT NULL,
    platform         VARCHAR(64)   NOT NULL,
    git_branch       VARCHAR(512),
    git_commit       VARCHAR(128),
    build_number     INT,
    report_format    VARCHAR(64)   NOT NULL,
    module_name      VARCHAR(1024),
    file_path        VARCHAR(4096),          -- NULL for the total of a build
    owner_name       VARCHAR(256),
    lines_total      INT,
    lines_covered    INT,
    methods_total    INT,
    methods_covered  INT,
    branches_total   INT,
    branches_covered INT,
    line_rate        FLOAT,                  -- 0 to 1, only where there are no counts
    basis            VARCHAR(32)   NOT NULL,
    is_exact         BOOLEAN       NOT NULL
)
ORDER BY project, platform, report_week, git_branch, module_name, file_path
SEGMENTED BY HASH(file_path) ALL NODES
PARTITION BY report_week GROUP BY CALENDAR_HIERARCHY_DAY(report_week, 2, 2);

-- One row of coverage_schema is one version of this schema that was applied.
CREATE TABLE coverage_schema (
    version    INT       NOT NULL,
    applied_at TIMESTAMP NOT NULL
)
UNSEGMENTED ALL NODES;
