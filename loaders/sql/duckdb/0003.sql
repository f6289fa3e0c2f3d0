-- What measured it, in the ledger.
ALTER TABLE coverage_runs ADD COLUMN coverage_driver VARCHAR; -- "xdebug 3.2.0"
ALTER TABLE coverage_runs ADD COLUMN runtime_version VARCHAR; -- "PHP 8.2.36"
ALTER TABLE coverage_runs ADD COLUMN runner_version VARCHAR;  -- "PHPUnit 9.6.7"
ALTER TABLE coverage_runs ADD COLUMN tests_run BIGINT;        -- that were started

-- One row of coverage_shards is a shard that a source of a run was to have. It
-- is added with the source's row of coverage_runs, and never changed.
CREATE TABLE coverage_shards (
    run_id          VARCHAR NOT NULL,
    source_name     VARCHAR,
    report_week     DATE    NOT NULL,
    project         VARCHAR NOT NULL,
    platform        VARCHAR NOT NULL,
    git_branch      VARCHAR,
    shard_name      VARCHAR NOT NULL,
    shard_status    VARCHAR NOT NULL, -- measured, failing (measured, tests fail), reused (measured earlier) or missing
    ending          VARCHAR,          -- how its process ended: passed, tests_failed, timed_out …
    tests_run       BIGINT,
    wall_seconds    DOUBLE,
    cpu_seconds     DOUBLE,
    peak_octets     BIGINT,           -- of memory
    coverage_driver VARCHAR
);

-- Where a release is known from.
ALTER TABLE coverage_releases ADD COLUMN release_source VARCHAR;
ALTER TABLE coverage_releases ADD COLUMN release_url VARCHAR;

-- One row of coverage_letters is an edition of the letter of a week that was
-- sent, or is being sent: of one that stays 'sending' nobody knows.
CREATE TABLE coverage_letters (
    project       VARCHAR   NOT NULL,
    report_week   DATE      NOT NULL,
    edition       VARCHAR   NOT NULL,
    message_id    VARCHAR   NOT NULL,
    letter_sha256 VARCHAR   NOT NULL,
    letter_status VARCHAR   NOT NULL, -- sending or sent
    changed_at    TIMESTAMP NOT NULL
);
