// Lays out the directories as a treemap, with d3-hierarchy: the area is the number
// of lines, the colour their coverage. Each tile is a button, or a link to files.
'use strict';
(function () {
  const data = covpipe.inline('tree-data');
  const box = document.getElementById('treemap');
  if (!data || !data.name || !data.name.length) return;

  // build makes nodes with sums; what lies in a directory itself beside others below
  // becomes a tile of its own.
  function build() {
    const nodes = data.name.map((name, i) => ({
      name,
      covered: data.covered[i],
      total: data.total[i],
      files: data.files[i],
      oldCovered: data.oldCovered[i],
      oldTotal: data.oldTotal[i],
      children: [],
      parent: null,
      own: false,
    }));
    const root = {
      name: '',
      covered: 0,
      total: 0,
      files: 0,
      oldCovered: 0,
      oldTotal: 0,
      children: [],
      parent: null,
      own: false,
    };
    nodes.forEach((node, i) => {
      node.parent = data.parent[i] < 0 ? root : nodes[data.parent[i]];
      node.parent.children.push(node);
    });
    for (const node of [...nodes].reverse()) {
      if (node.children.length && node.total > 0) {
        const own = {...node, name: 'files here', children: [], parent: node, own: true};
        node.covered = node.total = node.files = 0;
        if (node.oldTotal >= 0) node.oldCovered = node.oldTotal = 0;
        node.children.push(own);
        for (const child of node.children) add(node, child);
      } else if (node.children.length) {
        for (const child of node.children) add(node, child);
      }
    }
    for (const child of root.children) add(root, child);
    return root;
  }

  function add(node, child) {
    node.covered += child.covered;
    node.total += child.total;
    node.files += child.files;
    if (child.oldTotal >= 0 && node.oldTotal >= 0) {
      node.oldCovered += child.oldCovered;
      node.oldTotal += child.oldTotal;
    } else {
      node.oldTotal = node.oldCovered = -1;
    }
  }

  // A directory that only holds another one is shown with it.
  function short(node) {
    while (node.children.length === 1) node = node.children[0];
    return node;
  }
  function nameOf(node, from) {
    const names = [];
    for (let n = node; n && n !== from; n = n.parent) if (n.name) names.unshift(n.name);
    return names.join('/');
  }
  // place gives the measurement and the path of a directory.
  function place(node) {
    const names = [];
    for (let n = node; n && n.name; n = n.parent) if (!n.own) names.unshift(n.name);
    return {measurement: names[0], path: names.slice(1).join('/')};
  }

  function band(node) {
    if (node.total <= 0) return 'unknown';
    return 'c' + Math.min(9, Math.floor((10 * node.covered) / node.total));
  }

  function describe(node, name) {
    const moved = covpipe.difference(node.covered, node.total, node.oldCovered, node.oldTotal);
    const change =
      moved === null || covpipe.direction(moved) === 'level' ? '' : ', ' + covpipe.points(moved) + ' points';
    return (
      name +
      ': ' +
      covpipe.percent(node.covered, node.total) +
      ' of ' +
      node.total +
      ' lines' +
      change +
      ', ' +
      node.files +
      (node.files === 1 ? ' file' : ' files')
    );
  }

  const crumbs = covpipe.element('nav', {className: 'crumbs', 'aria-label': 'Directory'});
  const map = covpipe.element('ul', {className: 'treemap'});
  const scale = covpipe.element(
    'p',
    {className: 'scale', 'aria-hidden': 'true'},
    '0 % ',
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(n => covpipe.element('span', {className: 'c' + n})),
    ' 100 % of lines run; the area is the number of lines'
  );
  let here = null;
  let seen = new Set(); // the directories in it, which unfold too

  function tile(rect, className, node, name) {
    const label = describe(node, name);
    const leaf = node.children.length === 0;
    const {measurement, path} = place(node);
    const inner = [
      covpipe.element('b', {}, name),
      ' ',
      covpipe.element('span', {}, covpipe.percent(node.covered, node.total)),
    ];
    const control = leaf
      ? covpipe.element(
          'a',
          {
            href: 'files.html#' + new URLSearchParams({platform: measurement, dir: path}),
            title: label,
            'aria-label': label,
          },
          ...inner
        )
      : covpipe.element('button', {type: 'button', title: label, 'aria-label': label}, ...inner);
    if (!leaf) control.addEventListener('click', () => open(node, true));
    const item = covpipe.element('li', {className}, control);
    item.style.left = rect.x0 + 'px';
    item.style.top = rect.y0 + 'px';
    item.style.width = rect.x1 - rect.x0 + 'px';
    item.style.height = rect.y1 - rect.y0 + 'px';
    const width = rect.x1 - rect.x0,
      height = rect.y1 - rect.y0;
    if (className !== 'group' && (width < 48 || height < 20)) item.classList.add('bare');
    return item;
  }

  function draw() {
    const width = map.clientWidth,
      height = map.clientHeight;
    if (!width) return;
    // Two levels are seen: the directories here, and what is in them.
    const unfolds = n => n.children.length > 0 && (n === here || seen.has(n));
    const top = d3
      .hierarchy(here, n => (unfolds(n) ? n.children.map(short) : null))
      .sum(n => (unfolds(n) ? 0 : n.total))
      .sort((a, b) => b.value - a.value);
    d3
      .treemap()
      .size([width, height])
      .paddingTop(n => (n.depth === 1 && n.children ? 20 : 0))
      .paddingInner(2)
      .round(true)(top);
    map.replaceChildren();
    for (const node of top.descendants()) {
      if ((node.depth === 0 && node.children) || node.x1 - node.x0 < 3 || node.y1 - node.y0 < 3) continue;
      if (node.children) map.append(tile(node, 'group', node.data, nameOf(node.data, here)));
      else
        map.append(
          tile(
            node,
            band(node.data),
            node.data,
            node.depth < 2 ? nameOf(node.data, here) : nameOf(node.data, node.parent.data)
          )
        );
    }
  }

  function open(node, focus) {
    here = short(node);
    seen = new Set(here.children.map(short));
    crumbs.replaceChildren();
    const way = [];
    for (let n = here; n; n = n.parent) if (n === here || n.children.length > 1) way.unshift(n);
    way.forEach((n, i) => {
      const name = i === 0 && !n.name ? 'all' : nameOf(n, i ? way[i - 1] : null);
      if (n === here) {
        crumbs.append(
          covpipe.element('span', {'aria-current': 'location'}, name + ' ' + covpipe.percent(n.covered, n.total))
        );
      } else {
        const button = covpipe.element('button', {type: 'button'}, name);
        button.addEventListener('click', () => open(n, true));
        crumbs.append(button, ' / ');
      }
    });
    const {measurement, path} = place(here);
    if (measurement) {
      crumbs.append(
        ' ',
        covpipe.element('a', {href: 'files.html#' + new URLSearchParams({platform: measurement, dir: path})}, 'files')
      );
    }
    draw();
    if (focus) (crumbs.querySelector('button') || map.querySelector('button, a')).focus();
  }

  box.hidden = false;
  document.getElementById('directories').open = false;
  box.append(crumbs, map, scale);
  open(build(), false);
  map.addEventListener('keydown', event => {
    if (event.key === 'Escape' || event.key === 'Backspace') {
      const up = crumbs.querySelector('button:last-of-type');
      if (up) {
        event.preventDefault();
        up.click();
      }
    }
  });
  let width = map.clientWidth;
  new ResizeObserver(() => {
    if (map.clientWidth !== width) {
      width = map.clientWidth;
      draw();
    }
  }).observe(map);
})();
