package main

import (
	"errors"
	"strings"
	"testing"
)

func TestAGitRemoteGivesNameAndLinksAndNoSecret(t *testing.T) {
	for _, test := range []struct{ remote, shown, name, link string }{
		{
			"https://github.com/acme/shop.git", "https://github.com/acme/shop.git",
			"shop", "https://github.com/acme/shop/blob/{commit}/{path}",
		},
		{
			"https://u:sesame@github.com/acme/shop?t=sesame", "https://github.com/acme/shop",
			"shop", "https://github.com/acme/shop/blob/{commit}/{path}",
		},
		{ // git takes them, net/url does not
			"https://u:100%sesame@github.com/acme/shop.git", "https://github.com/acme/shop.git",
			"shop", "https://github.com/acme/shop/blob/{commit}/{path}",
		},
		{
			"https://u:sesame#1@github.com/acme/shop.git", "https://github.com/acme/shop.git",
			"shop", "https://github.com/acme/shop/blob/{commit}/{path}",
		},
		{
			"git@github.com:acme/shop.git", "github.com:acme/shop.git",
			"shop", "https://github.com/acme/shop/blob/{commit}/{path}",
		},
		{
			"ssh://git@gitlab.example.com:2222/a/b/s.git", "ssh://gitlab.example.com:2222/a/b/s.git",
			"s", "https://gitlab.example.com/a/b/s/-/blob/{commit}/{path}",
		},
		{
			"https://gitlab.example.com:8443/a/s", "https://gitlab.example.com:8443/a/s",
			"s", "https://gitlab.example.com:8443/a/s/-/blob/{commit}/{path}",
		},
		{
			"git@bitbucket.org:acme/shop.git", "bitbucket.org:acme/shop.git",
			"shop", "https://bitbucket.org/acme/shop/src/{commit}/{path}",
		},
		{"https://git.example.com/acme/shop.git/", "https://git.example.com/acme/shop.git/", "shop", ""},
		{"/srv/git/shop.git", "/srv/git/shop.git", "shop", ""},
		{"host:shop", "host:shop", "shop", ""},
	} {
		shown := withoutUser(test.remote)
		if got := lastPart(shown); shown != test.shown || got != test.name || fileLink(shown) != test.link {
			t.Errorf("%s: shown as %s, named %s, linked to %s", test.remote, shown, got, fileLink(shown))
		}
	}
}

func TestOnlyATimeZoneWithANameIsWritten(t *testing.T) {
	for zone, want := range map[string]string{
		"Europe/Berlin": "Europe/Berlin", ":America/New_York": "America/New_York", "UTC": "", "Local": "",
		"CET-1CEST,M3.5.0,M10.5.0/3": "", "/etc/localtime": "", "Nowhere/None": "",
	} {
		if got := (&app{environ: []string{"TZ=" + zone}}).timeZone(); got != want {
			t.Errorf("TZ=%s: got %q", zone, got)
		}
	}
}

func TestFoldersGiveNamesThatRowsMayHave(t *testing.T) {
	long := strings.Repeat("ü", 40)
	for folder, want := range map[string]string{
		"api-core": "api-core", "a\nsources: []": "a-sources: []", long + "-api": strings.Repeat("ü", 30) + "-api",
	} {
		got := nameOf(folder, "platform")
		if wrong := errors.Join(checkColumn("platform", got), checkSourceName(got)); got != want || wrong != nil {
			t.Errorf("%q: got %q, %v", folder, got, wrong)
		}
	}
}
