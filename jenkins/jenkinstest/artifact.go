package jenkinstest

import (
	"bytes"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// artifactBeans are the artifacts of api/json. The displayPath is the shortest
// end of the path that no other artifact has, as Run.Artifact computes it.
func artifactBeans(build *Build) []any {
	paths := slices.Sorted(maps.Keys(build.Artifacts))
	beans := []any{}
	for _, relative := range paths {
		beans = append(beans, &bean{properties: []property{
			{name: "displayPath", value: displayPath(relative, paths), visibility: 3},
			{name: "fileName", value: path.Base(relative), visibility: 3},
			{name: "relativePath", value: relative, visibility: 3},
		}})
	}
	return beans
}

func displayPath(relative string, all []string) string {
	segments := strings.Split(relative, "/")
	for i := len(segments) - 1; i > 0; i-- {
		end := strings.Join(segments[i:], "/")
		others := slices.ContainsFunc(all, func(other string) bool {
			return other != relative && (other == end || strings.HasSuffix(other, "/"+end))
		})
		if !others {
			return end
		}
	}
	return relative
}

// serveArtifact serves a file of the archive, ranges included, or a page with
// links for a directory of it (DirectoryBrowserSupport).
func serveArtifact(w http.ResponseWriter, r *http.Request, build *Build, segments []string) {
	relative := strings.Join(segments, "/")
	if content, ok := build.Artifacts[relative]; ok && !strings.HasSuffix(r.URL.EscapedPath(), "/") {
		w.Header().Set("Content-Type", contentType(relative))
		w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'; img-src 'self'; style-src 'self';")
		http.ServeContent(w, r, "", build.Started, bytes.NewReader(content))
		return
	}
	entries := directory(build, relative)
	switch {
	case len(entries) == 0:
		jettyError(w, r, http.StatusNotFound, "Not Found")
	case !strings.HasSuffix(r.URL.EscapedPath(), "/"):
		redirectToSlash(w, r)
	default:
		var rows strings.Builder
		for _, entry := range entries {
			href := url.PathEscape(strings.TrimSuffix(entry, "/"))
			if strings.HasSuffix(entry, "/") {
				href += "/"
			}
			fmt.Fprintf(&rows, "<tr><td><a href=\"%s\">%s</a></td></tr>\n", href,
				html.EscapeString(strings.TrimSuffix(entry, "/")))
		}
		htmlPage(w, "Build Artifacts", "<table class=\"fileList\">\n"+rows.String()+"</table>")
	}
}

// directory returns the names in a directory of the archive, those of
// directories with a slash behind.
func directory(build *Build, relative string) []string {
	prefix := relative + "/"
	if relative == "" {
		prefix = ""
	}
	names := map[string]bool{}
	for artifact := range build.Artifacts {
		if below, ok := strings.CutPrefix(artifact, prefix); ok {
			name, _, deeper := strings.Cut(below, "/")
			if deeper {
				name += "/"
			}
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// contentType is what the servlet container knows of the name of a file.
func contentType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".xml":
		return "application/xml"
	case ".json":
		return "application/json"
	case ".html", ".htm":
		return "text/html"
	case ".csv":
		return "text/csv"
	case ".txt", ".log":
		return "text/plain"
	case ".gz":
		return "application/gzip"
	case ".zip":
		return "application/zip"
	}
	return "application/octet-stream"
}
