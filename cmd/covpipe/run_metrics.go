package main

import (
	"context"
	"fmt"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/notifiers"
)

// sendRunMetrics sends the numbers of the week, and behind them those of this run:
// whoever draws or watches the newest of them sees when there was none.
//
//	coverage.shop.all.run.loaded   1, since the run has loaded rows
//	coverage.shop.all.run.missing  sources that were not measured
//	coverage.shop.all.run.seconds  from the start to here, in all attempts
func (r *running) sendRunMetrics(ctx context.Context, _ string) error {
	if err := r.sendMetrics(ctx, r.config, metricsOptions{week: r.week()}); err != nil {
		return err
	}
	now, g := r.now(), r.config.Graphite
	var metrics []notifiers.Metric
	for _, m := range []struct {
		name  string
		value float64
	}{{"loaded", 1}, {"missing", float64(len(r.record.Missing))}, {"seconds", r.spent(now)}} {
		metrics = append(metrics, notifiers.Metric{
			Name: notifiers.MetricName(g.Prefix, r.config.Project, "all", "run", m.name), Value: m.value, At: now,
		})
	}
	if err := notifiers.SendMetrics(ctx, g.To, metrics, notifiers.Options{}); err != nil {
		return fmt.Errorf("metrics: of the run: %w", err)
	}
	return nil
}

// week is the one in which the run began.
func (r *running) week() string { return coverage.WeekOf(r.began, r.config.zone).String() }
