// Makes small tables sortable: the heads of their columns become buttons.
'use strict';
(function () {
  // value reads a cell for sorting: 1019/1339 as 1019, 75.0 % as 75, −1.20 as -1.2.
  // An empty cell and "no data" come last.
  function value(cell) {
    const text = cell.textContent.trim().replace('−', '-');
    if (!cell.classList.contains('n')) return text;
    const number = parseFloat(text.replace('~', ''));
    return Number.isNaN(number) ? null : number;
  }

  function compare(a, b) {
    if (a === null || b === null) return (a === null) - (b === null);
    return typeof a === 'number' ? a - b : a.localeCompare(b);
  }

  function sort(table, column, descending) {
    const body = table.tBodies[0];
    const rows = [...body.rows].map(row => ({row, value: value(row.cells[column])}));
    rows.sort((a, b) => {
      if (a.value === null || b.value === null) return compare(a.value, b.value);
      return descending ? compare(b.value, a.value) : compare(a.value, b.value);
    });
    body.append(...rows.map(r => r.row));
  }

  for (const table of document.querySelectorAll('table.sortable')) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (head.querySelector('.hidden')) return; // a drawing
      const button = covpipe.element('button', {type: 'button'}, head.textContent);
      head.replaceChildren(button);
      button.addEventListener('click', () => {
        const now = head.getAttribute('aria-sort');
        const numbers = head.classList.contains('n');
        const descending = now ? now === 'ascending' : numbers;
        heads.forEach(h => h.removeAttribute('aria-sort'));
        head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
        sort(table, column, descending);
      });
    });
  }
})();
