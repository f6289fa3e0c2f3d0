// Draws the chart over the weeks, with uPlot: a line for each measurement, gaps
// where nothing was measured, and a dashed line for each release.
'use strict';
(function () {
  const data = covpipe.inline('trend-data');
  const figure = document.getElementById('trend');
  if (!data || !data.weeks || !data.series.length) return;
  const box = figure.querySelector('.chart');
  const readout = figure.querySelector('.readout');
  const week = 7 * 24 * 3600;
  const times = data.weeks.map((_, i) => data.first + i * week);
  const shares = data.series.map(s => s.covered.map((c, i) => (s.total[i] > 0 ? (100 * c) / s.total[i] : null)));
  const colours = data.series.map(s => (s.number ? 'series' + (1 + ((s.number - 1) % 6)) : 'ink'));
  let chart = null;
  let selected = data.weeks.length - 1;

  // range gives the axis of shares some air, and never more than 0 to 100.
  function range(_, low, high) {
    if (low === null) return [0, 100];
    const air = Math.max((high - low) * 0.12, 1);
    return [Math.max(0, low - air), Math.min(100, high + air)];
  }

  function drawReleases(u) {
    const {ctx} = u;
    ctx.save();
    ctx.strokeStyle = covpipe.colour('muted');
    ctx.fillStyle = covpipe.colour('muted');
    ctx.lineWidth = devicePixelRatio;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'alphabetic';
    ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.font = 11 * devicePixelRatio + 'px ' + getComputedStyle(figure).fontFamily;
    let free = -Infinity; // names that would overlap are left out; the list has them
    for (const release of data.releases) {
      const x = u.valToPos(release.at, 'x', true);
      if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x, u.bbox.top);
      ctx.lineTo(x, u.bbox.top + u.bbox.height);
      ctx.stroke();
      const width = ctx.measureText(release.name).width;
      const left = Math.min(x + 4 * devicePixelRatio, u.bbox.left + u.bbox.width - width);
      if (left > free) {
        ctx.fillText(release.name, left, u.bbox.top + 11 * devicePixelRatio);
        free = left + width + 8 * devicePixelRatio;
      }
    }
    ctx.restore();
  }

  // carried gives the week whose measurement stands in for a missing one; -1: none.
  function carried(series, index) {
    for (let n = 0; n < series.carried.length; n += 2) {
      if (series.carried[n] === index) return series.carried[n + 1];
    }
    return -1;
  }

  // drawCarried draws what is carried over as dots after the last measurement.
  function drawCarried(u, n) {
    const series = data.series[n - 1];
    const {ctx} = u;
    ctx.save();
    ctx.fillStyle = covpipe.colour(colours[n - 1]);
    for (let at = 0; at < series.carried.length; at += 2) {
      const [i, from] = series.carried.slice(at, at + 2);
      if (shares[n - 1][from] === null) continue;
      ctx.beginPath();
      ctx.arc(
        u.valToPos(times[i], 'x', true),
        u.valToPos(shares[n - 1][from], 'y', true),
        1.5 * devicePixelRatio,
        0,
        2 * Math.PI
      );
      ctx.fill();
    }
    ctx.restore();
  }

  // tell says in words what the selected week has.
  function tell() {
    const parts = data.series.map(s => {
      const known = s.total[selected] >= 0;
      const bound = s.inexact.includes(selected) ? '~' : '';
      const from = known ? -1 : carried(s, selected);
      return (
        s.label +
        ' ' +
        (known
          ? bound + covpipe.percent(s.covered[selected], s.total[selected])
          : from < 0
            ? 'not measured'
            : covpipe.percent(s.covered[from], s.total[from]) + ' (carried over from ' + data.weeks[from] + ')')
      );
    });
    const from = times[selected] - week,
      to = times[selected];
    const released = data.releases.filter(r => r.at > from && r.at <= to).map(r => r.platform + ' ' + r.name);
    readout.textContent =
      data.weeks[selected] +
      ': ' +
      parts.join(' · ') +
      (released.length ? ' · released: ' + released.join(', ') : '');
  }

  function select(index) {
    selected = Math.max(0, Math.min(data.weeks.length - 1, index));
    tell();
  }

  // ticks names weeks where there are few, and leaves more to uPlot.
  function ticks() {
    if (data.weeks.length > 60) {
      return {
        space: 70,
        values: [
          [3600 * 24 * 365, '{YYYY}', null, null, null, null, null, null, 1],
          [3600 * 24 * 28, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
          [3600 * 24, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
        ],
      };
    }
    const every = Math.ceil(data.weeks.length / Math.max(2, Math.floor(box.clientWidth / 70)));
    const marked = times.filter((_, i) => (times.length - 1 - i) % every === 0);
    const name = (time, i) => {
      const [year, number] = data.weeks[times.indexOf(time)].split('-');
      return number + (i === 0 || number < 'W' + String(1 + every).padStart(2, '0') ? '\n' + year : '');
    };
    return {
      splits: (u, axis, from, to) => marked.filter(t => t >= from && t <= to),
      values: (_, shown) => shown.map(name),
    };
  }

  function draw() {
    if (chart) chart.destroy();
    const axis = {
      stroke: covpipe.colour('muted'),
      grid: {stroke: covpipe.colour('line'), width: 1},
      ticks: {show: false},
      font: '12px ' + getComputedStyle(figure).fontFamily,
    };
    chart = new uPlot(
      {
        width: box.clientWidth,
        height: box.clientWidth < 500 ? 220 : 300,
        legend: {show: false},
        cursor: {y: false, drag: {x: true, y: false}},
        scales: {x: {time: true}, y: {range}},
        axes: [
          {...axis, ...ticks()},
          {...axis, size: 52, values: (_, ticks) => ticks.map(v => v + ' %')},
        ],
        series: [
          {},
          ...data.series.map((s, i) => ({
            label: s.label,
            stroke: covpipe.colour(colours[i]),
            width: s.number ? 2 : 3,
            dash: s.number <= 6 ? undefined : [6, 3],
            points: {show: data.weeks.length <= 60, size: 6, fill: covpipe.colour('paper')},
          })),
        ],
        hooks: {
          draw: [drawReleases],
          drawSeries: [
            (u, n) => {
              if (n > 0) drawCarried(u, n);
            },
          ],
          setCursor: [
            u => {
              if (u.cursor.idx !== null && u.cursor.idx !== undefined) select(u.cursor.idx);
            },
          ],
        },
      },
      [times, ...shares],
      box
    );
  }

  function legend() {
    const list = covpipe.element('ul', {className: 'legend'});
    data.series.forEach((s, i) => {
      const toggle = covpipe.element(
        'button',
        {type: 'button', 'aria-pressed': 'true'},
        covpipe.element('span', {className: 'key s' + (s.number && 1 + ((s.number - 1) % 6))}),
        s.label
      );
      toggle.addEventListener('click', () => {
        const shown = toggle.getAttribute('aria-pressed') !== 'true';
        toggle.setAttribute('aria-pressed', shown);
        chart.setSeries(i + 1, {show: shown});
      });
      list.append(covpipe.element('li', {}, toggle));
    });
    return list;
  }

  figure.classList.add('live'); // what is for paper is not seen any more
  box.hidden = readout.hidden = figure.querySelector('.hint').hidden = false;
  box.tabIndex = 0;
  box.setAttribute('role', 'img');
  box.setAttribute(
    'aria-label',
    'Line coverage of ' +
      data.series.map(s => s.label).join(', ') +
      ' from ' +
      data.weeks[0] +
      ' to ' +
      data.weeks[data.weeks.length - 1] +
      '. The table below has the numbers.'
  );
  if (data.series.length > 1) box.before(legend());
  draw();
  tell();
  box.addEventListener('keydown', event => {
    const step = {ArrowLeft: -1, ArrowRight: 1, PageUp: -13, PageDown: 13, Home: -Infinity, End: Infinity}[event.key];
    if (step === undefined) return;
    event.preventDefault();
    select(selected + step);
    chart.setCursor({left: chart.valToPos(times[selected], 'x'), top: 10});
  });
  let width = box.clientWidth;
  new ResizeObserver(() => {
    if (box.clientWidth !== width) {
      width = box.clientWidth;
      draw();
    }
  }).observe(box);
  document.addEventListener('covpipe-theme', draw);
})();
