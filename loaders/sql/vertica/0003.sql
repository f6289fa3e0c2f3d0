-- What measured it, in the ledger.
ALTER TABLE coverage_runs ADD COLUMN coverage_driver VARCHAR(128); -- "xdebug 3.2.0"
ALTER TABLE coverage_runs ADD COLUMN runtime_version VARCHAR(128); -- "PHP 8.2.36"
ALTER TABLE coverage_runs ADD COLUMN runner_version VARCHAR(128);  -- "PHPUnit 9.6.7"
ALTER TABLE coverage_runs ADD COLUMN tests_run INT;                -- that were started

-- One row of coverage_shards is a shard that a source of a run was to have. It
-- is added with the source's row of coverage_runs, and never changed.
CREATE TABLE coverage_shards (
    run_id          VARCHAR(64)   NOT NULL,
    source_name     VARCHAR(256),
    report_week     DATE          NOT NULL,
    project         VARCHAR(128)  NOT NULL,
    platform        VARCHAR(64)   NOT NULL,
    git_branch      VARCHAR(512),
    shard_name      VARCHAR(1024) NOT NULL,
    shard_status    VARCHAR(16)   NOT NULL, -- measured, failing (measured, tests fail), reused (measured earlier) or missing
    ending          VARCHAR(64),            -- how its process ended: passed, tests_failed, timed_out …
    tests_run       INT,
    wall_seconds    FLOAT,
    cpu_seconds     FLOAT,
    peak_octets     INT,                    -- of memory
    coverage_driver VARCHAR(128)
)
ORDER BY project, platform, report_week, shard_name
UNSEGMENTED ALL NODES;

-- Where a release is known from.
ALTER TABLE coverage_releases ADD COLUMN release_source VARCHAR(64);
ALTER TABLE coverage_releases ADD COLUMN release_url VARCHAR(2048);

-- One row of coverage_letters is an edition of the letter of a week that was
-- sent, or is being sent: of one that stays 'sending' nobody knows.
CREATE TABLE coverage_letters (
    project       VARCHAR(128) NOT NULL,
    report_week   DATE         NOT NULL,
    edition       VARCHAR(256) NOT NULL,
    message_id    VARCHAR(512) NOT NULL,
    letter_sha256 VARCHAR(64)  NOT NULL,
    letter_status VARCHAR(16)  NOT NULL, -- sending or sent
    changed_at    TIMESTAMP    NOT NULL
)
ORDER BY project, report_week, edition
UNSEGMENTED ALL NODES;
