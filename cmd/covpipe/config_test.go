package main

import (
	"strings"
	"testing"
)

func TestAConfigurationThatWouldFailLaterIsRefused(t *testing.T) {
	const head = "project: shop\nwarehouse: duckdb:w.duckdb\n"
	long := strings.Repeat("x", 65)
	const source = "sources: [{name: a, report: {file: x}}]\n"
	for text, want := range map[string]string{
		head + source + "---\nproject: other\n":                   "line 5: a second document begins",
		head + "sources: [{name: ../a, report: {file: x}}]\n":     `"../a" can be no source`,
		head + "sources: [{name: /a, report: {file: x}}]\n":       `"/a" can be no source`,
		head + "sources: [{name: ., report: {file: x}}]\n":        `"." can be no source`,
		head + "sources: [{name: rows.csv, report: {file: x}}]\n": `"rows.csv" can be no source`,
		head + source + "newsletter: {recipients: ['']}\n":        "recipients: number 1 is empty",
		"project: " + long + long + "\n" + source:                 "x… has 130 octets, and 128 are kept",
		"project: \"a\\nb\"\n" + source: `project: "a\nb" ` +
			`has control characters`,
		head + strings.ReplaceAll(source, "name: a", "name: "+long):            "has 65 octets, and 64 are kept",
		head + "sources: [{name: \"a\\e\", platform: a, report: {file: x}}]\n": "can be no source",
		head + source + "newsletter: {recipients: [a@b.c, ~]}\n":               "recipients: number 2 is empty",
		head + source + "graphite: {to: 'graphite://c', web: g}":               "graphite-web is at an address such as",
	} {
		_, err := (&app{}).configIn("covpipe.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", text, err)
		}
	}
	for _, text := range []string{
		"---\n" + head + source + "...\n", "# one\n---\n" + head + source + "---\n# no second one\n",
		head + "sources: [{name: ios/app, report: {file: x}}]\n",
	} {
		if _, err := (&app{}).configIn("covpipe.yaml", []byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
