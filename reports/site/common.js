// What the other scripts have in common. Text from the data only ever becomes
// text of the page, never markup.
'use strict';
const covpipeData = {}; // what data scripts bring
const covpipe = {
  // element makes an element; properties are set, children appended.
  element(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name.includes('-') || name === 'role' || name === 'scope') made.setAttribute(name, value);
      else made[name] = value;
    }
    made.append(...children);
    return made;
  },

  // percent writes a share with one digit, rounded down; -1 of -1 is not known.
  percent(covered, total) {
    if (total <= 0) return 'no data';
    const tenths = Math.floor((covered * 1000) / total);
    return Math.floor(tenths / 10) + '.' + (tenths % 10) + ' %';
  },

  // number writes a whole number with thin spaces between thousands.
  number(n) {
    return String(n).replace(/\B(?=(\d{3})+$)/g, '\u202f');
  },

  // difference gives how many points a share has moved; null if that is not known.
  difference(covered, total, oldCovered, oldTotal) {
    if (total <= 0 || oldTotal <= 0) return null;
    return 100 * (covered / total - oldCovered / oldTotal);
  },

  points(difference) {
    if (difference === null) return '';
    const text = Math.abs(difference).toFixed(2);
    return (text === '0.00' ? '' : difference > 0 ? '+' : '−') + text;
  },

  direction(difference) {
    if (difference === null || Math.abs(difference) < 0.005) return 'level';
    return difference > 0 ? 'up' : 'down';
  },

  // inline reads data that lies in the page; null if there is none.
  inline(id) {
    const script = document.getElementById(id);
    return script && JSON.parse(script.textContent);
  },

  // colour gives a colour of site.css as it is now, light or dark.
  colour(name) {
    const probe = covpipe.element('span', {hidden: true});
    probe.style.color = 'var(--' + name + ')';
    document.body.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  },
};
