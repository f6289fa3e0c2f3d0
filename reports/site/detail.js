// One file in a dialog: its numbers, and what it was in the weeks before. Those are
// fetched when they are first asked for.
'use strict';
(function () {
  const dialog = document.getElementById('detail');
  const data = covpipeData.files;
  let closed = null;

  function fact(list, name, text) {
    if (text)
      list.append(covpipe.element('div', {}, covpipe.element('dt', {}, name), covpipe.element('dd', {}, text)));
  }
  function counts(covered, total) {
    return total < 0 ? '' : covpipe.percent(covered, total) + ' (' + covered + '/' + total + ')';
  }

  covpipe.describeFile = i =>
    data.directories[data.directory[i]] +
    data.base[i] +
    ', ' +
    (data.total[i] < 0 ? 'no counts' : covpipe.percent(data.covered[i], data.total[i]));

  // weeks unfolds what the data has of a file into one entry a week.
  function weeks(triples) {
    const found = [];
    for (let n = 0, ago = 0; n < triples.length; n += 3) {
      for (; ago <= triples[n]; ago++) found.push({ago, covered: triples[n + 1], total: triples[n + 2]});
    }
    return found;
  }

  function past(i) {
    const names = covpipeData.past.weeks;
    const table = covpipe.element('table', {}, covpipe.element('caption', {}, 'The last ' + names.length + ' weeks'));
    const body = covpipe.element('tbody');
    table.append(
      covpipe.element(
        'thead',
        {},
        covpipe.element(
          'tr',
          {},
          covpipe.element('th', {scope: 'col'}, 'week'),
          covpipe.element('th', {scope: 'col', className: 'n'}, 'lines'),
          covpipe.element('th', {scope: 'col', className: 'n'}, 'coverage'),
          covpipe.element('th', {scope: 'col', className: 'n'}, 'change')
        )
      ),
      body
    );
    const all = weeks(covpipeData.past.files[i]);
    while (all.length && all[all.length - 1].total < 0) all.pop(); // before it was there
    all.forEach((w, n) => {
      const before = all[n + 1];
      const moved = before ? covpipe.difference(w.covered, w.total, before.covered, before.total) : null;
      body.append(
        covpipe.element(
          'tr',
          {},
          covpipe.element('th', {scope: 'row'}, names[w.ago]),
          covpipe.element('td', {className: 'n'}, w.total < 0 ? '' : w.covered + '/' + w.total),
          covpipe.element('td', {className: 'n'}, w.total < 0 ? 'not measured' : covpipe.percent(w.covered, w.total)),
          covpipe.element(
            'td',
            {className: 'n'},
            covpipe.element(
              'span',
              {className: 'change ' + covpipe.direction(moved)},
              covpipe.direction(moved) === 'level' ? '' : covpipe.points(moved)
            )
          )
        )
      );
    });
    return all.length ? table : covpipe.element('p', {className: 'none'}, 'No counts are known of the weeks before.');
  }

  function withPast(use) {
    if (covpipeData.past) return use();
    const script = covpipe.element('script', {src: dialog.dataset.past});
    script.addEventListener('load', use);
    script.addEventListener('error', () =>
      dialog.append(covpipe.element('p', {className: 'none'}, 'The weeks before could not be read.'))
    );
    document.head.append(script);
  }

  // showFile opens the dialog; done is called when it is closed.
  covpipe.showFile = (i, done) => {
    closed = done;
    const close = covpipe.element('button', {type: 'button', className: 'close', 'aria-label': 'Close'}, '×');
    close.addEventListener('click', () => dialog.close());
    const list = covpipe.element('dl', {className: 'facts'});
    fact(
      list,
      'lines',
      counts(data.covered[i], data.total[i]) ||
        (data.rate[i] >= 0 ? 'a rate of ' + covpipe.percent(data.rate[i], 1000) + ', no counts' : 'no data')
    );
    fact(list, 'methods', counts(data.methods[2 * i], data.methods[2 * i + 1]));
    fact(list, 'branches', counts(data.branches[2 * i], data.branches[2 * i + 1]));
    fact(list, 'platform', data.measurements[data.measurement[i]]);
    fact(list, 'module', data.modules[data.module[i]]);
    fact(list, 'owners', data.owners[data.owner[i]].join(', '));
    if (data.inexact.includes(i))
      fact(list, 'exact', 'no: a bound, or an inference that could not be proved');
    dialog.replaceChildren(
      covpipe.element(
        'header',
        {},
        covpipe.element(
          'h2',
          {id: 'detail-title', tabIndex: -1, autofocus: true},
          covpipe.element('small', {}, data.directories[data.directory[i]]),
          covpipe.element('span', {}, data.base[i])
        ),
        close
      ),
      list
    );
    withPast(() => dialog.append(past(i)));
    dialog.showModal();
  };
  dialog.addEventListener('close', () => closed && closed());
  dialog.addEventListener('click', event => {
    if (event.target === dialog) dialog.close();
  });
})();
