package jenkinstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// version is the Jenkins version in the X-Jenkins header.
const version = "2.479.3"

// ServeHTTP answers as Jenkins does, or as the first matching fault wants it.
func (j *Jenkins) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, token, sent := r.BasicAuth()
	known, exists := j.Users[user]
	valid := len(j.Users) == 0 || (sent && exists && token == known)
	number, fault := j.arrived(Request{
		Method: r.Method, URI: r.RequestURI, Query: r.URL.Query(), User: user, Authorised: valid,
	})
	var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		j.honest(w, r, sent, valid)
	})
	if fault != nil {
		handler = fault(handler)
	}
	handler.ServeHTTP(&noted{ResponseWriter: w, note: func(status int) { j.answered(number, status) }}, r)
}

// arrived logs the request, and returns its number and the fault it meets or nil.
func (j *Jenkins) arrived(request Request) (int, Fault) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.requests = append(j.requests, request)
	path, _, _ := strings.Cut(request.URI, "?")
	return len(j.requests) - 1, j.takeFault(strings.TrimPrefix(path, j.ContextPath))
}

func (j *Jenkins) answered(number, status int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.requests[number].Status = status
}

// honest is the answer without faults. It is complete before its first byte is
// sent, so that no lock is held while a client reads.
func (j *Jenkins) honest(w http.ResponseWriter, r *http.Request, sent, valid bool) {
	a := &answer{header: http.Header{}, status: http.StatusOK}
	switch path := strings.TrimPrefix(r.URL.EscapedPath(), j.ContextPath); {
	case path == "":
		redirectToSlash(a, r)
	case !strings.HasPrefix(r.URL.EscapedPath(), j.ContextPath+"/"):
		jettyError(a, r, http.StatusNotFound, "Not Found")
	case path == "/login" || path == "/login/":
		advertise(a.header)
		htmlPage(a, "Sign in [Jenkins]", `<form method="post" name="login" action="j_spring_security_check"></form>`)
	case sent && !valid:
		advertise(a.header)
		a.header.Set("WWW-Authenticate", `Basic realm="Jenkins"`)
		user, _, _ := r.BasicAuth()
		jettyError(a, r, http.StatusUnauthorized, "Invalid password/token for user: "+user)
	case strings.TrimSuffix(path, "/") == "/whoAmI/api/json":
		advertise(a.header)
		j.whoAmI(a, r)
	case !valid:
		advertise(a.header)
		authenticationRequired(a, r, j.ContextPath)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		advertise(a.header)
		jettyError(a, r, http.StatusForbidden, "No valid crumb was included in the request")
	default:
		advertise(a.header)
		j.mu.Lock()
		user, _, _ := r.BasicAuth()
		(&view{Jenkins: j, root: j.rootURL(r), user: user}).route(a, r, path)
		j.mu.Unlock()
	}
	a.sendTo(w)
}

// whoAmI tells who is asking. It needs no permission (UnprotectedRootAction).
// Without users nobody can be known.
func (j *Jenkins) whoAmI(w http.ResponseWriter, r *http.Request) {
	user, _, known := r.BasicAuth()
	authorities := `["authenticated"]`
	if known = known && len(j.Users) > 0; !known {
		user, authorities = "anonymous", `["anonymous"]`
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	name, _ := json.Marshal(user) // of a string, which cannot fail
	_, _ = fmt.Fprintf(w, `{"_class":"hudson.security.WhoAmI","anonymous":%t,"authenticated":true,`+
		`"authorities":%s,"name":%s}`,
		!known, authorities, name)
}

// rootURL is the address of Jenkins in the url fields. Jenkins takes it from
// its configuration, and from the request if there is none.
func (j *Jenkins) rootURL(r *http.Request) string {
	switch {
	case j.RootURL != "":
		return strings.TrimSuffix(j.RootURL, "/") + "/"
	case r.TLS != nil:
		return "https://" + r.Host + j.ContextPath + "/"
	}
	return "http://" + r.Host + j.ContextPath + "/"
}

// advertise sets the headers that Jenkins sends with everything.
func advertise(header http.Header) {
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "sameorigin")
	header.Set("X-Hudson", "1.395")
	header.Set("X-Jenkins", version)
	header.Set("X-Jenkins-Session", "5e55104e")
}

// authenticationRequired is what Jenkins tells a client without credentials
// (HudsonAuthenticationEntryPoint): 403, for the sake of programs, and a page
// that takes browsers to the login form.
func authenticationRequired(w http.ResponseWriter, r *http.Request, contextPath string) {
	login := contextPath + "/login?from=" + url.QueryEscape(r.RequestURI)
	w.Header().Set("Content-Type", "text/html;charset=utf-8")
	w.Header().Set("X-You-Are-Authenticated-As", "anonymous")
	w.Header().Set("X-Required-Permission", "hudson.model.Hudson.Read")
	w.Header().Set("X-Permission-Implied-By", "hudson.security.Permission.GenericRead")
	w.WriteHeader(http.StatusForbidden)
	_, _ = fmt.Fprintf(w, "<html><head><meta http-equiv='refresh' content='1;url=%[1]s'/>"+
		"<script id='redirect' data-redirect-url='%[1]s' src=''></script></head>"+
		"<body style='background-color:white; color:white;'>\n\n\nAuthentication required\n<!--\n"+
		"You are authenticated as: anonymous\n"+
		"Permission you need to have (but didn't): hudson.model.Hudson.Read\n-->\n\n</body></html>%[2]s",
		login, strings.Repeat(" ", 300))
}

// jettyError is the error page of the server inside Jenkins; there is no other
// one for what Jenkins does not know.
func jettyError(w http.ResponseWriter, r *http.Request, status int, message string) {
	w.Header().Set("Content-Type", "text/html;charset=iso-8859-1")
	w.Header().Set("Cache-Control", "must-revalidate,no-cache,no-store")
	w.WriteHeader(status)
	message = html.EscapeString(message)
	_, _ = fmt.Fprintf(w, "<html>\n<head>\n<title>Error %[1]d %[2]s</title>\n</head>\n"+
		"<body><h2>HTTP ERROR %[1]d %[2]s</h2>\n<table>\n"+
		"<tr><th>URI:</th><td>%[3]s</td></tr>\n<tr><th>STATUS:</th><td>%[1]d</td></tr>\n"+
		"<tr><th>MESSAGE:</th><td>%[2]s</td></tr>\n"+
		"<tr><th>SERVLET:</th><td>Stapler</td></tr>\n</table>\n</body>\n</html>\n",
		status, message, html.EscapeString(r.URL.EscapedPath()))
}

// oops is the page that Jenkins makes of an exception. The cause is in its log
// only; here it is in a comment, for the reader of a failing test.
func oops(w http.ResponseWriter, cause error) {
	w.Header().Set("Content-Type", "text/html;charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = fmt.Fprintf(w, "<!DOCTYPE html><html><head><title>Jenkins</title></head><body><h1>Oops!</h1>"+
		"<p>A problem occurred while processing the request.</p><p>Logging ID=00000000-0000-4000-8000-000000000000</p>"+
		"<!-- %s --></body></html>\n", html.EscapeString(cause.Error()))
}

// redirectToSlash sends the client to the same address with a slash at its end.
func redirectToSlash(w http.ResponseWriter, r *http.Request) {
	target := r.URL.EscapedPath() + "/"
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusFound)
}

func htmlPage(w http.ResponseWriter, title, body string) {
	w.Header().Set("Content-Type", "text/html;charset=utf-8")
	_, _ = fmt.Fprintf(w, "<!DOCTYPE html><html><head><title>%s</title></head><body id=\"jenkins\">\n"+
		"<div id=\"main-panel\">\n%s\n</div>\n</body></html>\n",
		html.EscapeString(title), body)
}

// answer is a response that is not sent yet.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

func (a *answer) sendTo(w http.ResponseWriter) {
	a.sendHeaderTo(w)
	_, _ = w.Write(a.body.Bytes()) // fails only if the client went away
}

func (a *answer) sendHeaderTo(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
}

// noted tells the log which status is sent, before the client can see it.
type noted struct {
	http.ResponseWriter
	note func(status int)
	done bool
}

func (n *noted) WriteHeader(status int) {
	n.done = true
	n.note(status)
	n.ResponseWriter.WriteHeader(status)
}

func (n *noted) Write(p []byte) (int, error) {
	if !n.done {
		n.WriteHeader(http.StatusOK)
	}
	return n.ResponseWriter.Write(p)
}

// Unwrap lets [http.ResponseController] flush the connection.
func (n *noted) Unwrap() http.ResponseWriter { return n.ResponseWriter }
