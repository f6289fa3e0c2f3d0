// Package reports turns the rows of a warehouse into what people read: the
// week as a table, and the same as JSON.
package reports

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

//go:embed sql/*.sql sql/query/*.sql
var statements embed.FS

// statement gives a file of sql/ without its comments: some driver would take a
// question mark in one for a parameter.
func statement(name string) string {
	text, err := statements.ReadFile("sql/" + name + ".sql")
	if err != nil {
		panic(err) // the file is part of the program
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "--") {
			lines = append(lines, line)
		}
	}
	return strings.TrimSpace(strings.Join(lines, ""))
}

// ErrNoWeek is returned when the warehouse has nothing for the week asked for,
// or nothing at all.
var ErrNoWeek = errors.New("nothing was measured")

// Week is one week of a project, or of all projects.
type Week struct {
	Monday       time.Time     // 00:00 UTC
	Measurements []Measurement // of this week, and those of earlier ones that are carried over
	Sources      []SourceState // how complete it is, by project and platform

	all []Measurement // whatever was selected
}

// Measurement is one platform and branch of a project in one week.
type Measurement struct {
	Project    string    `json:"project"`
	Platform   string    `json:"platform"`
	Branch     string    `json:"git_branch,omitempty"`
	Commit     string    `json:"git_commit,omitempty"`
	Build      int64     `json:"build_number,omitempty"`
	Format     string    `json:"report_format"`
	MeasuredAt time.Time `json:"measured_at"`
	Carried    string    `json:"carried_over_from,omitempty"` // the ISO week that it is of, if it is an earlier one
	Driver     string    `json:"coverage_driver,omitempty"`   // "xdebug 3.2.0"
	Runtime    string    `json:"runtime_version,omitempty"`   // "PHP 8.2.36"
	Runner     string    `json:"runner_version,omitempty"`    // "PHPUnit 9.6.7"
	Group
	Directories []Group `json:"directories"` // by name; none for the total of a build
	Owners      []Group `json:"owners"`      // by name; none if nobody looked for owners

	files   []file   // all, whoever owns them
	lacking []string // shards that are missing, by name
}

// Group sums the files of a measurement or of one directory in it. What no
// file of it knows is null in JSON and [Count] zero here.
type Group struct {
	Directory string    `json:"directory,omitempty"`
	Owner     string    `json:"owner,omitempty"`
	Files     int64     `json:"files"`
	Lines     *Count    `json:"lines"`
	Methods   *Count    `json:"methods"`
	Branches  *Count    `json:"branches"`
	RateOnly  *RateOnly `json:"rate_only"`
	Exact     bool      `json:"exact"` // every row of it is
}

// Count is covered out of total.
type Count struct {
	Covered int64 `json:"covered"`
	Total   int64 `json:"total"`
}

// RateOnly stands beside the counts for files whose format gives a rate and no
// counts. The mean counts each file once, whatever its size, so it is no
// coverage of the group.
type RateOnly struct {
	Files    int64   `json:"files"`
	MeanRate float64 `json:"mean_rate"`
}

// Percent gives the mean in per cent with one digit, rounded down.
func (r *RateOnly) Percent() string { return inPercent(r.MeanRate) }

// Percent gives the share in per cent with one digit, rounded down, so that
// 100.0 means all; 0 of 0 is "no data".
func (c *Count) Percent() string {
	if c == nil {
		return ""
	}
	if c.Total == 0 {
		return "no data"
	}
	tenths := c.Covered * 1000 / c.Total
	return fmt.Sprintf("%d.%d %%", tenths/10, tenths%10)
}

// Selection says of what a week is wanted. What is empty means all.
type Selection struct {
	Project, Platform string
	Owner             string // one of the owners of a file
	Directory         string // with all below it
	Expect            Expectation
	// History tells what a repository knows of two commits of a platform; nil where
	// there is no repository.
	History func(ctx context.Context, platform, older, newer string) *History
}

// has tells whether a file is wanted.
func (s Selection) has(f file) bool {
	return (s.Owner == "" || slices.Contains(f.owners, s.Owner)) && under(s.Directory, f.path)
}

// words names what is wanted, each after a comma.
func (s Selection) words() (words string) {
	for _, w := range [][2]string{{"platform", s.Platform}, {"owner", s.Owner}, {"directory", s.Directory}} {
		if w[1] != "" {
			words += fmt.Sprintf(", %s %q", w[0], w[1])
		}
	}
	return words
}

// under tells whether a file lies in a directory, or anywhere if that is empty.
func under(directory, file string) bool {
	return directory == "" || directory == "." || strings.HasPrefix(file, strings.TrimSuffix(directory, "/")+"/")
}

// ErrNoFiles is returned when a week was measured, and nothing of it is wanted.
var ErrNoFiles = errors.New("there are no such files")

// ReadWeek reads the week that begins on monday, or the newest there is if
// monday is zero. What was not measured in it is carried over from the newest week
// that has it, for as many weeks as are expected, and marked. It fails with
// [ErrNoWeek] if nothing was measured in the week, and with [ErrNoFiles] if it has
// nothing of that platform and owner.
func ReadWeek(ctx context.Context, db *sql.DB, of Selection, monday time.Time) (Week, error) {
	if monday.IsZero() {
		var err error
		if monday, err = newestWeek(ctx, db, of.Project); err != nil {
			return Week{}, err
		}
	}
	week := Week{Monday: monday}
	var err error
	if week.Measurements, err = readMeasurements(ctx, db, of.Project, "", monday); err != nil {
		return Week{}, err
	}
	if len(week.Measurements) == 0 {
		return Week{}, fmt.Errorf("%s, week of %s: %w", named(of.Project), monday.Format(time.DateOnly), ErrNoWeek)
	}
	c, err := readCompleteness(ctx, db, of, monday)
	if err != nil {
		return Week{}, err
	}
	for _, s := range c.states {
		if !c.stays(s) {
			continue
		}
		week.Sources = append(week.Sources, s)
		if s.State == Carried {
			if err := week.carry(ctx, db, s); err != nil {
				return Week{}, err
			}
		}
	}
	slices.SortStableFunc(week.Measurements, func(a, b Measurement) int {
		return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.Platform, b.Platform),
			cmp.Compare(a.Branch, b.Branch))
	})
	for i := range week.Measurements {
		if err := c.describe(ctx, db, &week.Measurements[i], monday); err != nil {
			return Week{}, err
		}
	}
	week.all = week.Measurements
	return week, week.choose(of)
}

// carry takes over the last measurements of a source.
func (w *Week) carry(ctx context.Context, db *sql.DB, s SourceState) error {
	earlier, err := readMeasurements(ctx, db, s.Project, s.Platform, w.Monday.AddDate(0, 0, -7*s.WeeksOld))
	for _, m := range earlier {
		m.Carried = s.Measured
		w.Measurements = append(w.Measurements, m)
	}
	return err
}

// readMeasurements gives what was measured in the week that begins on monday of a
// project and platform, each "" for all.
func readMeasurements(
	ctx context.Context, db *sql.DB, project, platform string, monday time.Time,
) (all []Measurement, err error) {
	rows, err := db.QueryContext(ctx, statement("week"), monday.Format(time.DateOnly), project, project,
		platform, platform)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m Measurement
		var f file
		var branch, commit, path, module, owners sql.NullString
		var build sql.NullInt64
		err := rows.Scan(&m.Project, &m.Platform, &branch, &commit, &build, &m.Format, &m.MeasuredAt, &path,
			&f.linesTotal, &f.linesCovered, &f.methodsTotal, &f.methodsCovered, &f.branchesTotal, &f.branchesCovered,
			&f.rate, &f.exact, &module, &owners, &f.basis)
		if err != nil {
			return nil, err
		}
		m.MeasuredAt = wallClock(m.MeasuredAt)
		m.Branch, m.Commit, m.Build, f.path = branch.String, commit.String, build.Int64, path.String
		f.module, f.owners = module.String, strings.Fields(owners.String)
		n := len(all)
		if n == 0 || !all[n-1].same(m) {
			all = append(all, m)
			n++
		}
		all[n-1].files = append(all[n-1].files, f)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

// choose sums up what is wanted and leaves out measurements that have none of it.
func (w *Week) choose(of Selection) error {
	var chosen []Measurement
	for _, m := range w.Measurements {
		var files []file
		for _, f := range m.files {
			if of.has(f) {
				files = append(files, f)
			}
		}
		if len(files) == 0 || of.Platform != "" && m.Platform != of.Platform {
			continue
		}
		m.Group, m.Directories = summarise(files)
		m.Owners = byOwner(files)
		chosen = append(chosen, m)
	}
	if len(chosen) == 0 {
		return fmt.Errorf("week of %s%s: %w", w.Monday.Format(time.DateOnly), of.words(), ErrNoFiles)
	}
	w.Measurements = chosen
	w.Sources = slices.DeleteFunc(w.Sources, func(s SourceState) bool {
		if of.Owner != "" || of.Directory != "" { // where an owner has no files, nothing is missing
			return !slices.ContainsFunc(chosen, func(m Measurement) bool {
				return m.Project == s.Project && m.Platform == s.Platform
			})
		}
		return of.Platform != "" && s.Platform != of.Platform
	})
	return nil
}

// newestWeek gives the Monday of the newest week of a project, or of all.
func newestWeek(ctx context.Context, db *sql.DB, project string) (time.Time, error) {
	return newestIn(ctx, db, "newest_week", project)
}

func newestIn(ctx context.Context, db *sql.DB, question, project string) (time.Time, error) {
	var newest sql.NullTime
	if err := db.QueryRowContext(ctx, statement(question), project, project).Scan(&newest); err != nil {
		return time.Time{}, err
	}
	if !newest.Valid {
		return time.Time{}, fmt.Errorf("%s: %w", named(project), ErrNoWeek)
	}
	return day(newest.Time), nil
}

// day reads a date of the warehouse, whatever zone the session of the server has.
func day(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// wallClock reads a time of the warehouse, which is UTC whatever zone the session
// of the server has.
func wallClock(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

func named(project string) string {
	if project == "" {
		return "any project"
	}
	return "project " + project
}

func (m Measurement) same(o Measurement) bool {
	return m.Project == o.Project && m.Platform == o.Platform && m.Branch == o.Branch
}
