package sharding

// dialect is what differs between the options of the versions of PHPUnit. 9.6 is
// run by the tests, 11 and 13 by .ci/phpunit-versions; the others are as their
// sources say. What else differs shows while they run: see [Toolchain] and judge.
type dialect struct {
	cache string // the flag for the folder of the static analysis; empty: it has no cache
}

// dialectOf gives the dialect of a version such as 9.6.7.
func dialectOf(version string) dialect {
	switch {
	case compareVersions(version, "9.3") < 0:
		return dialect{}
	case compareVersions(version, "10") < 0:
		return dialect{cache: "--coverage-cache"}
	}
	return dialect{cache: "--cache-directory"} // --coverage-cache is read and without effect
}

// cacheArgs keep the static analysis of the measured code in dir.
func (d dialect) cacheArgs(dir string) []string {
	if d.cache == "" || dir == "" {
		return nil
	}
	return []string{d.cache, dir}
}
