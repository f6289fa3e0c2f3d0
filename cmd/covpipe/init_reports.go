package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/covpipe/covpipe/parsers"
)

// addIOS adds the first report.json that xcov wrote, or says where it would be.
func (f *findings) addIOS(reports, projects []string) {
	for _, file := range reports {
		if format := formatOf(file); format == "xcov" || format == "xccov" {
			remark := "A report of " + format + "; the iOS build writes it anew each week."
			f.Reports = append(f.Reports, foundReport{"ios", f.rel(file), remark})
			return
		}
	}
	if len(projects) == 0 {
		return
	}
	remark := projects[0]
	if where := filepath.Join(filepath.Dir(remark), "fastlane/Fastfile"); mentions(where, "xcov") {
		remark = where
	}
	remark = f.rel(remark) + " is an iOS project, and there is no report of xcov yet. It would be:"
	f.Hints = append(f.Hints, foundReport{"ios", "xcov_report/report.json", remark})
}

// addAndroid adds the JaCoCo report of the Gradle builds, or says where it would
// be.
func (f *findings) addAndroid(folders []string) {
	var reports []string
	for _, dir := range folders {
		left := filepath.Join(dir, "build/reports")
		_ = filepath.WalkDir(left, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return fs.SkipDir // there is none, or it may not be read: then it is not found
			}
			if entry.Type().IsRegular() && strings.HasSuffix(path, ".xml") && formatOf(path) == "jacoco" {
				reports = append(reports, f.rel(path))
			}
			return nil
		})
	}
	slices.Sort(reports)
	switch {
	case len(reports) > 0:
		remark := "A JaCoCo report; the Android build writes it anew each week."
		if len(reports) > 1 {
			remark = fmt.Sprintf("One of %d JaCoCo reports. A source reads one; have Gradle join them. The others: %s",
				len(reports), strings.Join(reports[1:], ", "))
			f.Remarks = append(f.Remarks, fmt.Sprintf("android: there are %d JaCoCo reports, and %s is the one taken; "+
				"have Gradle join them, or name another", len(reports), reports[0]))
		}
		f.Reports = append(f.Reports, foundReport{"android", reports[0], remark})
	case len(folders) > 0:
		file := filepath.Join(folders[0], "build/reports/jacoco/jacocoTestReport/jacocoTestReport.xml")
		remark := f.rel(folders[0]) + " is a Gradle build with JaCoCo, and there is no report of it yet. It would be:"
		f.Hints = append(f.Hints, foundReport{"android", f.rel(file), remark})
	}
}

// formatOf tells the format of a file by its beginning; empty if it is none.
func formatOf(file string) string {
	in, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer in.Close()
	report, err := parsers.Options{}.Open(in)
	if err != nil {
		return ""
	}
	return report.Format
}
