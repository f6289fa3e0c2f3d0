package main

import (
	"bufio"
	"bytes"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// gitRepository gives the top folder of the repository that dir lies in, and the
// address of its remote "origin" without user and password; each empty if there
// is none.
func gitRepository(dir string) (top, remote string) {
	for top = dir; ; top = filepath.Dir(top) {
		if _, err := os.Stat(filepath.Join(top, ".git")); err == nil {
			break
		}
		if top == filepath.Dir(top) {
			return "", ""
		}
	}
	text, err := os.ReadFile(filepath.Join(gitFolder(top), "config"))
	if err != nil {
		return top, ""
	}
	return top, withoutUser(originIn(text))
}

// gitFolder gives the folder that holds the repository's own files. In a further
// worktree and in a submodule .git is a file that names it.
func gitFolder(top string) string {
	folder := filepath.Join(top, ".git")
	text, err := os.ReadFile(folder)
	if err != nil {
		return folder
	}
	name, _ := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir: ")
	folder = absolute(top, name)
	if common, err := os.ReadFile(filepath.Join(folder, "commondir")); err == nil {
		folder = absolute(folder, strings.TrimSpace(string(common)))
	}
	return folder
}

var urlLine = regexp.MustCompile(`^\s*url\s*=\s*"?([^"]+?)"?\s*$`)

// originIn finds the address of the remote "origin" in a git configuration.
func originIn(text []byte) string {
	section := ""
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			section = line
		} else if m := urlLine.FindStringSubmatch(line); m != nil && section == `[remote "origin"]` {
			return m[1]
		}
	}
	return ""
}

// withoutUser takes user and password out of an address such as
// https://user:token@host/shop.git or git@host:shop.git.
func withoutUser(remote string) string {
	if u, err := url.Parse(remote); err == nil && u.Host != "" {
		return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
	}
	if scheme, rest, found := strings.Cut(remote, "://"); found { // a password can make an address unreadable
		return scheme + "://" + rest[strings.LastIndex(rest, "@")+1:]
	}
	before, after, found := strings.Cut(remote, "@")
	if found && !strings.Contains(before, "/") {
		return after
	}
	return remote
}

// lastPart is the name of a repository.
func lastPart(remote string) string {
	name := strings.TrimSuffix(path.Base(strings.TrimRight(filepath.ToSlash(remote), "/")), ".git")
	if _, after, found := strings.Cut(name, ":"); found { // host:shop.git
		name = after
	}
	return name
}

// timeZone names the time zone of this machine; empty if it has none but UTC, or one
// without a name, such as TZ=CET-1CEST.
func (a *app) timeZone() string {
	name := strings.TrimPrefix(a.environment("TZ"), ":")
	if name == "" {
		if target, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
			_, name, _ = strings.Cut(target, "/zoneinfo/")
		}
	}
	if _, err := time.LoadLocation(name); err != nil || name == "UTC" || name == "Etc/UTC" || name == "Local" {
		return ""
	}
	return name
}

// webAddress gives host and path of a remote: https://host/path.git,
// ssh://host:22/path.git or host:path.git.
func webAddress(remote string) (host, path string) {
	if u, err := url.Parse(remote); err == nil && u.Host != "" {
		host, path = u.Hostname(), u.Path
		if (u.Scheme == "https" || u.Scheme == "http") && u.Port() != "" {
			host = u.Host
		}
	} else if before, after, found := strings.Cut(remote, ":"); found && strings.Contains(before, ".") {
		host, path = before, after
	}
	return host, strings.TrimSuffix(strings.Trim(path, "/"), ".git")
}

// fileLink gives the template of a file's address at a host whose addresses are
// known by its name; empty at others.
func fileLink(remote string) string {
	host, path := webAddress(remote)
	for name, middle := range map[string]string{"github": "/blob/", "gitlab": "/-/blob/", "bitbucket.org": "/src/"} {
		if strings.Contains(host, name) && path != "" {
			return "https://" + host + "/" + path + middle + "{commit}/{path}"
		}
	}
	return ""
}
