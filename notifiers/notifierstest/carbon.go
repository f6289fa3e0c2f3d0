package notifierstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Carbon is Graphite's carbon-cache, which keeps metrics in whisper files.
type Carbon struct {
	Addr    string // host:port of its plaintext listener
	whisper string // folder of the files
	process *exec.Cmd
	log     bytes.Buffer
}

// carbonConf has the folder and three ports.
const carbonConf = `[cache]
STORAGE_DIR = %[1]s
LOCAL_DATA_DIR = %[1]s/whisper
CONF_DIR = %[1]s
LOG_DIR = %[1]s
PID_DIR = %[1]s
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = %[2]d
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = %[3]d
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = %[4]d
MAX_CREATES_PER_MINUTE = inf
MAX_UPDATES_PER_SECOND = inf
ENABLE_LOGROTATION = False
ENABLE_TAGS = False
`

// storageSchemas is what docs/metrics.md recommends.
const storageSchemas = `[coverage]
pattern = (^|\.)coverage\.
retentions = 1d:10y
`

// StartCarbon starts a carbon-cache, which lives in dir.
func StartCarbon(dir string) (*Carbon, error) {
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, "carbon.conf")
	err = errors.Join(
		os.WriteFile(conf, fmt.Appendf(nil, carbonConf, dir, ports[0], ports[1], ports[2]), 0o600),
		os.WriteFile(filepath.Join(dir, "storage-schemas.conf"), []byte(storageSchemas), 0o600),
		os.WriteFile(filepath.Join(dir, "storage-aggregation.conf"), nil, 0o600))
	if err != nil {
		return nil, err
	}
	c := &Carbon{Addr: "127.0.0.1:" + strconv.Itoa(ports[0]), whisper: CarbonIn(dir).whisper}
	args := []string{"/usr/bin/carbon-cache", "--nodaemon", "--debug", "--config", conf, "start"}
	c.process = exec.Command("/usr/bin/python3", args...)
	c.process.Stdout, c.process.Stderr = &c.log, &c.log
	if err := c.process.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		_ = c.process.Wait() // the log says why
		close(ended)
	}()
	for {
		conn, err := net.Dial("tcp", c.Addr)
		if err == nil {
			return c, conn.Close()
		}
		select {
		case <-ended:
			return nil, fmt.Errorf("carbon-cache has ended (Debian: apt-get install graphite-carbon): %s", &c.log)
		case <-time.After(20 * time.Millisecond): // it opens its port when it is ready
		}
	}
}

// CarbonIn reads what a carbon-cache that lives in dir has written.
func CarbonIn(dir string) *Carbon { return &Carbon{whisper: filepath.Join(dir, "whisper")} }

// freePorts gives ports of 127.0.0.1 that nobody listens at.
func freePorts(n int) (ports []int, err error) {
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close() // after all are found, so that they differ
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// Close ends the server.
func (c *Carbon) Close() error { return c.process.Process.Kill() }

// Names lists the metrics that have a file.
func (c *Carbon) Names() (names []string, err error) {
	err = filepath.WalkDir(c.whisper, func(path string, entry os.DirEntry, err error) error {
		if name, isMetric := strings.CutSuffix(path, ".wsp"); isMetric {
			name, _ = filepath.Rel(c.whisper, name)
			names = append(names, strings.ReplaceAll(name, "/", "."))
		}
		return err
	})
	if errors.Is(err, os.ErrNotExist) {
		err = nil // nothing has arrived yet
	}
	return names, err
}

// Points reads the values of a metric from its file, by the day that they are of,
// with Graphite's own whisper-fetch.
func (c *Carbon) Points(ctx context.Context, name string) (map[string]float64, error) {
	file := filepath.Join(c.whisper, strings.ReplaceAll(name, ".", "/")+".wsp")
	out, err := exec.CommandContext(ctx, "/usr/bin/whisper-fetch", "--from=0", file).Output()
	if err != nil {
		return nil, fmt.Errorf("whisper-fetch %s: %w", name, err)
	}
	points := map[string]float64{}
	for line := range strings.Lines(string(out)) {
		at, value, found := strings.Cut(strings.TrimSpace(line), "\t")
		if !found || value == "None" {
			continue
		}
		second, errAt := strconv.ParseInt(at, 10, 64)
		number, errValue := strconv.ParseFloat(value, 64)
		if err := errors.Join(errAt, errValue); err != nil {
			return nil, err
		}
		points[time.Unix(second, 0).UTC().Format(time.DateOnly)] = number
	}
	return points, nil
}
