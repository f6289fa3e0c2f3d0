package jenkinstest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault makes an answer go wrong: it gets the honest handler and returns the one
// that answers instead. A test may write its own.
type Fault func(honest http.Handler) http.Handler

// Always is the number of times of a fault that does not go away.
const Always = -1

type plannedFault struct {
	path  string
	times int
	fault Fault
}

// Break lets the next requests for a path meet the fault, as many as times says.
// The path is compared with what follows the context path in the request, as it
// was sent and without its query; a "*" in it stands for any characters, slashes
// too. Of several faults that match, the first that was given is used up first.
//
// Faults come before authentication, as if a proxy in front had them.
func (j *Jenkins) Break(path string, times int, fault Fault) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.faults = append(j.faults, &plannedFault{path: path, times: times, fault: fault})
}

// Mend takes all faults away.
func (j *Jenkins) Mend() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.faults = nil
}

// Pending returns how many more requests will meet a fault, those of faults that
// stay not counted. A test that expects retries expects 0 after them.
func (j *Jenkins) Pending() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	pending := 0
	for _, planned := range j.faults {
		pending += max(planned.times, 0)
	}
	return pending
}

// takeFault must be called with the lock held.
func (j *Jenkins) takeFault(path string) Fault {
	at := slices.IndexFunc(j.faults, func(planned *plannedFault) bool {
		return planned.times != 0 && matches(planned.path, path)
	})
	if at < 0 {
		return nil
	}
	if j.faults[at].times > 0 {
		j.faults[at].times--
	}
	return j.faults[at].fault
}

func matches(pattern, path string) bool {
	head, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == path
	}
	path, ok := strings.CutPrefix(path, head)
	for ok {
		if matches(rest, path) {
			return true
		}
		if path == "" {
			return false
		}
		path = path[1:]
	}
	return false
}

// Status answers with an error page of a proxy, without the headers of Jenkins.
// retryAfter is the Retry-After header: seconds, an HTTP date, or "" for none.
func Status(code int, retryAfter string) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if retryAfter != "" {
				w.Header().Set("Retry-After", retryAfter)
			}
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(code)
			_, _ = fmt.Fprintf(w, "<html>\n<head><title>%[1]d %[2]s</title></head>\n"+
				"<body>\n<center><h1>%[1]d %[2]s</h1></center>\n</body>\n</html>\n",
				code, http.StatusText(code))
		})
	}
}

// LoginPage answers with 200 and the form of a single sign-on proxy, as for a
// session that is over.
func LoginPage() Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = fmt.Fprint(w, "<!DOCTYPE html><html><head><title>Sign in to your account</title></head>"+
				"<body><form method=\"post\" action=\"/sso/login\">"+
				"<input name=\"username\"><input name=\"password\" type=\"password\"></form></body></html>\n")
		})
	}
}

// Redirect answers with 302 to the location, which may be on another host.
func Redirect(location string) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		})
	}
}

// Disconnect closes the connection without an answer. Over a connection that was
// used before, the transport of net/http sends a GET once more by itself, so
// that one try of a client may use up the fault twice.
func Disconnect() Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	}
}

// Truncate announces the whole body of the honest answer, sends its first bytes
// and closes the connection. It sends at most all bytes but the last.
func Truncate(bytes int) Fault {
	return func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := record(honest, r)
			a.header.Set("Content-Length", strconv.Itoa(a.body.Len()))
			a.sendHeaderTo(w)
			_, _ = w.Write(a.body.Bytes()[:max(0, min(bytes, a.body.Len()-1))])
			_ = http.NewResponseController(w).Flush() // or the client sees no header
			panic(http.ErrAbortHandler)
		})
	}
}

// Slow sends the header of the honest answer and then its body in chunks of so
// many bytes. Each waits for a value from next; after next is closed the rest
// follows without waiting.
func Slow(chunk int, next <-chan struct{}) Fault {
	return func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := record(honest, r)
			a.sendHeaderTo(w)
			flush := http.NewResponseController(w).Flush
			if flush() != nil {
				return
			}
			for part := range slices.Chunk(a.body.Bytes(), chunk) {
				select {
				case <-next:
				case <-r.Context().Done(): // the client gave up
					return
				}
				if _, err := w.Write(part); err != nil || flush() != nil {
					return
				}
			}
		})
	}
}

// Endless answers with 200 and repeats the text until the client goes away or
// the server ends.
func Endless(contentType, text string) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(http.StatusOK)
			// a write to a client that does not read ends no other way
			defer context.AfterFunc(r.Context(), func() {
				_ = http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0))
			})()
			for r.Context().Err() == nil {
				if _, err := w.Write([]byte(text)); err != nil {
					return
				}
			}
		})
	}
}

func record(honest http.Handler, r *http.Request) *answer {
	a := &answer{header: http.Header{}, status: http.StatusOK}
	honest.ServeHTTP(a, r)
	return a
}
