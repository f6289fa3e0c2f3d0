package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestAPowerCutAnywhereLosesNothingThatWasSaid runs a job on a disk of its own,
// cuts the power, and resumes. Unlike kill -9 that takes away all that was
// written and not yet on the disk.
func TestAPowerCutAnywhereLosesNothingThatWasSaid(t *testing.T) {
	whole := newPowerDisk(t)
	began := time.Now()
	if out, err := whole.covpipe("run", "--resume").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(began)
	want := whole.rows(t)
	whole.unmount(t)

	cuts := numberIn("COVPIPE_TEST_KILLS", 2)
	random := rand.New(rand.NewPCG(uint64(numberIn("COVPIPE_TEST_SEED", 1)), 1))
	const added = "rows added"
	marks := []string{added, "merged 15 shards", "rows written"}
	for i := range cuts {
		part := (float64(i) + random.Float64()) / float64(cuts)
		moment := killMoment{after: time.Duration(part * float64(took))}
		if i%2 == 1 {
			soon := time.Duration(random.Int64N(int64(50 * time.Millisecond)))
			moment = killMoment{mark: marks[i/2%len(marks)], after: soon}
		}
		t.Run(fmt.Sprint(moment), func(t *testing.T) {
			d := newPowerDisk(t)
			d.cutDuring(t, moment)
			if moment.mark == added && d.rows(t) != want {
				t.Error("rows were said to be added, and are gone")
			}
			out, err := d.covpipe("run", "--resume").CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if got := d.rows(t); got != want {
				t.Errorf("the week is\n%s\nwithout a cut it is\n%s\nresuming said\n%s", got, want, out)
			}
			out, err = d.covpipe("run", "--resume").CombinedOutput()
			if err != nil || !bytes.Contains(out, []byte("already loaded")) {
				t.Errorf("once more: %v\n%s", err, out)
			}
		})
	}
}

// powerDisk is a project on a file system of its own.
type powerDisk struct {
	image, dir string
	mounted    bool
}

func newPowerDisk(t *testing.T) *powerDisk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a disk")
	}
	d := &powerDisk{image: filepath.Join(t.TempDir(), "disk"), dir: filepath.Join(t.TempDir(), "mnt")}
	const format = `truncate -s 256M "$0"; mkfs.ext4 -q "$0"; mkdir "$1"`
	out, err := exec.Command("sh", "-ec", format, d.image, d.dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	d.mount(t)
	t.Cleanup(func() { d.unmount(t) })
	report := filepath.Join(d.dir, "web.info")
	if err := errors.Join(
		os.CopyFS(filepath.Join(d.dir, "php"), os.DirFS("../../samples/php")),
		os.WriteFile(report, []byte("SF:src/a.js\nDA:1,1\nDA:2,0\nend_of_record\n"), 0o644),
		os.WriteFile(filepath.Join(d.dir, "covpipe.yaml"), []byte("project: shop\nwarehouse: duckdb:w.duckdb\n"+
			"sources:\n  - {name: php, phpunit: {dir: php, tests: tests}}\n"+
			"  - {name: web, report: {file: web.info}}\n"), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	unix.Sync() // the project was there long before
	return d
}

func (d *powerDisk) mount(t *testing.T) {
	t.Helper()
	out, err := exec.Command("mount", "-o", "loop", d.image, d.dir).CombinedOutput()
	if err != nil {
		// A container may be forbidden to mount anything, or have no loop devices.
		forbidden := bytes.Contains(out, []byte("permi")) || bytes.Contains(out, []byte("loop device"))
		if os.Getenv("COVPIPE_TEST_ALL") != "" && !forbidden {
			t.Fatalf("no disk can be mounted: %v\n%s", err, out)
		}
		t.Skipf("no disk can be mounted: %v\n%s", err, out)
	}
	d.mounted = true
}

// unmount waits until no process uses the disk any more.
func (d *powerDisk) unmount(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); d.mounted; {
		out, err := exec.Command("umount", d.dir).CombinedOutput()
		switch {
		case err == nil:
			d.mounted = false
		case time.Now().After(deadline):
			t.Fatalf("%v\n%s", err, out)
		default:
			time.Sleep(5 * time.Millisecond)
		}
	}
}

func (d *powerDisk) covpipe(args ...string) *exec.Cmd {
	cmd := exec.Command("covpipe", args...)
	cmd.Dir = d.dir
	return cmd
}

// rows gives all that a run is to leave in the warehouse.
func (d *powerDisk) rows(t *testing.T) string {
	t.Helper()
	out, err := d.covpipe("report").Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// cutDuring starts the job, cuts the power at a moment, and has it again.
func (d *powerDisk) cutDuring(t *testing.T, moment killMoment) {
	t.Helper()
	const shutdown, withoutLog = 0x8004587d, 2 // EXT4_IOC_SHUTDOWN; what is in the file system's own log is lost, too
	folder, err := os.Open(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	cmd := d.covpipe("run", "--resume")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	moment.await(d.dir, ended, func() {})
	if err := unix.IoctlSetPointerInt(int(folder.Fd()), shutdown, withoutLog); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "late"), nil, 0o644); !errors.Is(err, unix.EIO) {
		t.Fatalf("there is power: %v", err)
	}
	_ = cmd.Process.Kill() // it may have ended
	t.Logf("the job ended with: %v", <-ended)
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}
	d.unmount(t)
	d.mount(t)
}
