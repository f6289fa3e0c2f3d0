// The table of all files: search, filters and sorting over columns of numbers, and
// rows only for what is on the screen. What is chosen stands in the address.
'use strict';
(function () {
  const data = covpipeData.files;
  const form = document.getElementById('filters');
  const place = document.getElementById('table');
  const count = data.base.length;
  const rowHeight = 34;
  const rowsOnPaper = 500;

  const directories = data.directories,
    bases = data.base;
  const nameOf = i => directories[data.directory[i]] + bases[i];
  const placeOf = i => [data.measurements[data.measurement[i]], data.modules[data.module[i]]].filter(Boolean).join(' ');
  const searchable = bases.map((_, i) => nameOf(i).toLowerCase());
  const moved = bases.map((_, i) =>
    covpipe.difference(data.covered[i], data.total[i], data.oldCovered[i], data.oldTotal[i])
  );
  const inexact = new Set(data.inexact);
  const known = (covered, total) => (total > 0 ? covered / total : null);

  // columns: how a cell is filled, and by what its rows are sorted. null comes last.
  const allColumns = [
    {id: 'file', title: 'file', value: i => searchable[i], fill: fileCell, className: 'path'},
    {
      id: 'platform',
      title: 'platform',
      value: i => data.measurement[i],
      className: 'wide',
      text: i => data.measurements[data.measurement[i]],
    },
    {
      id: 'owner',
      title: 'owner',
      value: i => data.owners[data.owner[i]].join(' ') || null,
      className: 'wide',
      text: i => data.owners[data.owner[i]].join(' '),
    },
    {
      id: 'lines',
      title: 'lines',
      value: i => (data.total[i] < 0 ? null : data.total[i]),
      numeric: true,
      className: 'wide',
      text: i => (data.total[i] < 0 ? '' : data.covered[i] + '/' + data.total[i]),
    },
    {
      id: 'missed',
      title: 'not run',
      value: i => (data.total[i] < 0 ? null : data.total[i] - data.covered[i]),
      numeric: true,
      className: 'wide',
      text: i => (data.total[i] < 0 ? '' : String(data.total[i] - data.covered[i])),
    },
    {
      id: 'coverage',
      title: 'coverage',
      value: i => known(data.covered[i], data.total[i]),
      numeric: true,
      text: coverage,
    },
    {id: 'change', title: 'change', value: i => moved[i], numeric: true, fill: changeCell},
    {
      id: 'branches',
      title: 'branches',
      value: i => known(data.branches[2 * i], data.branches[2 * i + 1]),
      numeric: true,
      className: 'wide',
      text: i =>
        data.branches[2 * i + 1] < 0 ? '' : covpipe.percent(data.branches[2 * i], data.branches[2 * i + 1]),
    },
  ];

  const columns = allColumns.filter(c => c.id !== 'branches' || data.branches.some(n => n > 0));

  function coverage(i) {
    if (data.total[i] < 0) return data.rate[i] < 0 ? '' : 'rate ' + covpipe.percent(data.rate[i], 1000);
    return (inexact.has(i) ? '~' : '') + covpipe.percent(data.covered[i], data.total[i]);
  }
  function fileCell(cell, i) {
    const button = covpipe.element(
      'button',
      {type: 'button', className: 'file', tabIndex: -1},
      covpipe.element('span', {className: 'dir'}, directories[data.directory[i]]),
      covpipe.element('b', {}, bases[i])
    );
    button.addEventListener('click', () => openDetail(i));
    cell.append(button);
    cell.title = nameOf(i);
  }
  function changeCell(cell, i) {
    cell.append(
      covpipe.element('span', {className: 'change ' + covpipe.direction(moved[i])}, covpipe.points(moved[i]))
    );
  }

  const state = {q: '', platform: '', owner: '', dir: '', sort: 'missed', order: 'desc', file: '', of: ''};
  let shown = []; // indexes of files, in order
  let active = 0; // the row that the keyboard is at

  // The table: a head that stays, rows for what is seen, and space for the rest.
  const head = covpipe.element('tr', {'aria-rowindex': '1'});
  const body = covpipe.element('tbody');
  const table = covpipe.element(
    'table',
    {className: 'files', 'aria-label': 'Files'},
    covpipe.element('thead', {}, head),
    body
  );
  const viewport = covpipe.element(
    'div',
    {
      className: 'rows',
      tabIndex: 0,
      role: 'region',
      'aria-label': 'Files. The arrow keys go from row to row, Enter opens one.',
    },
    table
  );
  const above = covpipe.element('tr', {'aria-hidden': 'true'}, covpipe.element('td'));
  const below = covpipe.element('tr', {'aria-hidden': 'true'}, covpipe.element('td'));
  for (const column of columns) {
    const button = covpipe.element('button', {type: 'button'}, column.title);
    button.addEventListener('click', () => {
      const same = state.sort === column.id;
      state.order = same ? (state.order === 'desc' ? 'asc' : 'desc') : column.numeric ? 'desc' : 'asc';
      state.sort = column.id;
      update();
    });
    column.head = covpipe.element(
      'th',
      {scope: 'col', className: (column.className || '') + (column.numeric ? ' n' : '')},
      button
    );
    head.append(column.head);
  }

  // choose finds the files that are wanted and puts them in order.
  function choose() {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const platform = data.measurements.indexOf(state.platform);
    const owned = data.owners.map(set => state.owner === '' || set.includes(state.owner));
    const inside = directories.map(
      d => state.dir === '' || d === state.dir || d.startsWith(state.dir + '/') || d.startsWith('/' + state.dir + '/')
    );
    shown = [];
    for (let i = 0; i < count; i++) {
      if (state.platform !== '' && data.measurement[i] !== platform) continue;
      if (!owned[data.owner[i]] || !inside[data.directory[i]]) continue;
      if (words.every(word => searchable[i].includes(word))) shown.push(i);
    }
    const column = columns.find(c => c.id === state.sort) || columns[4];
    const values = new Map(shown.map(i => [i, column.value(i)]));
    const sign = state.order === 'desc' ? -1 : 1;
    shown.sort((a, b) => {
      const x = values.get(a),
        y = values.get(b);
      if (x === y) return a - b;
      if (x === null || y === null) return x === null ? 1 : -1;
      return (x < y ? -1 : 1) * sign;
    });
  }

  function row(index) {
    const i = shown[index];
    const made = covpipe.element('tr', {'aria-rowindex': String(index + 2)});
    if (index === active) made.className = 'active';
    for (const column of columns) {
      const cell = covpipe.element('td', {className: (column.className || '') + (column.numeric ? ' n' : '')});
      if (column.fill) column.fill(cell, i);
      else cell.textContent = column.text(i);
      made.append(cell);
    }
    return made;
  }

  // draw makes the rows that are seen, or the first ones for paper.
  function draw(printed = 0) {
    above.firstChild.colSpan = below.firstChild.colSpan = columns.filter(c => c.head.offsetParent).length || 1;
    const first = printed ? 0 : Math.max(0, Math.floor(viewport.scrollTop / rowHeight) - 8);
    const last = Math.min(shown.length, printed || first + Math.ceil(viewport.clientHeight / rowHeight) + 16);
    const rows = [];
    for (let n = first; n < last; n++) rows.push(row(n));
    above.firstChild.style.height = first * rowHeight + 'px';
    below.firstChild.style.height = (printed ? 0 : shown.length - last) * rowHeight + 'px';
    body.replaceChildren(above, ...rows, below);
  }

  // update applies the state to everything that shows it.
  function update() {
    choose();
    active = 0;
    viewport.scrollTop = 0;
    for (const column of columns) {
      if (column.id === state.sort)
        column.head.setAttribute('aria-sort', state.order === 'desc' ? 'descending' : 'ascending');
      else column.head.removeAttribute('aria-sort');
    }
    table.setAttribute('aria-rowcount', shown.length + 1);
    const covered = shown.reduce((sum, i) => sum + Math.max(0, data.covered[i]), 0);
    const total = shown.reduce((sum, i) => sum + Math.max(0, data.total[i]), 0);
    document.getElementById('found').textContent =
      covpipe.number(shown.length) +
      (shown.length === 1 ? ' file' : ' files') +
      (state.dir ? ' in ' + state.dir + '/' : '') +
      ', ' +
      covpipe.number(covered) +
      ' of ' +
      covpipe.number(total) +
      ' lines, ' +
      covpipe.percent(covered, total);
    clear.hidden = !state.dir;
    draw();
    remember();
  }

  function remember() {
    const address = new URLSearchParams();
    for (const [key, value] of Object.entries(state)) {
      if (value && !(key === 'sort' && value === 'missed') && !(key === 'order' && value === 'desc'))
        address.set(key, value);
    }
    try {
      history.replaceState(null, '', '#' + address);
    } catch {
      /* a sandboxed page may not */
    }
  }

  function openDetail(i) {
    state.file = nameOf(i);
    state.of = placeOf(i);
    remember();
    covpipe.showFile(i, () => {
      state.file = state.of = '';
      remember();
      viewport.focus();
    });
  }

  function move(to) {
    active = Math.max(0, Math.min(shown.length - 1, to));
    const top = active * rowHeight,
      height = viewport.clientHeight - rowHeight;
    if (top < viewport.scrollTop) viewport.scrollTop = top;
    if (top + rowHeight > viewport.scrollTop + height) viewport.scrollTop = top + rowHeight - height;
    draw();
    document.getElementById('here').textContent = covpipe.describeFile(shown[active]);
  }

  function fromAddress() {
    const address = new URLSearchParams(location.hash.slice(1));
    for (const key of Object.keys(state)) {
      const fallback = {sort: 'missed', order: 'desc'}[key] || '';
      state[key] = address.get(key) || fallback;
    }
    for (const id of ['platform', 'owner']) {
      const select = document.getElementById(id);
      if (select) select.value = state[id];
    }
    document.getElementById('search').value = state.q;
    const {file, of} = state;
    update();
    const named = i => nameOf(i) === file && (of === '' || placeOf(i) === of);
    const i = file ? bases.findIndex((_, i) => named(i)) : -1;
    if (i >= 0) openDetail(i);
  }

  const clear = covpipe.element('button', {type: 'button', hidden: true}, 'all directories');
  clear.addEventListener('click', () => {
    state.dir = '';
    update();
  });
  document.getElementById('found').after(clear);
  form.hidden = place.hidden = false;
  place.append(viewport, covpipe.element('p', {id: 'here', className: 'hidden', role: 'status'}));
  form.addEventListener('submit', event => event.preventDefault());
  form.addEventListener('input', event => {
    const key = {search: 'q', platform: 'platform', owner: 'owner'}[event.target.id];
    state[key] = event.target.value;
    update();
  });
  viewport.addEventListener('scroll', () => draw(), {passive: true});
  window.addEventListener('beforeprint', () => draw(rowsOnPaper));
  window.addEventListener('afterprint', () => draw());
  viewport.addEventListener('keydown', event => {
    if (event.target !== viewport) return;
    const page = Math.floor(viewport.clientHeight / rowHeight) - 2;
    const to = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: shown.length - 1,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      move(to);
    } else if (event.key === 'Enter' && shown.length) {
      event.preventDefault();
      openDetail(shown[active]);
    }
  });
  document.addEventListener('keydown', event => {
    if (event.key === '/' && !event.target.closest('input, select, dialog')) {
      event.preventDefault();
      document.getElementById('search').focus();
    }
  });
  window.addEventListener('hashchange', fromAddress);
  window.addEventListener('resize', () => draw());
  fromAddress();
})();
