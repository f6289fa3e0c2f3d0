// Light or dark: as the system says, until somebody says otherwise. It runs before
// the page is drawn, so that it does not flash.
'use strict';
(function () {
  const root = document.documentElement;
  const dark = window.matchMedia('(prefers-color-scheme: dark)');

  // A sandboxed page has no storage; then the choice lasts as long as the page.
  function remembered() {
    try {
      return localStorage.getItem('covpipe-theme');
    } catch {
      return null;
    }
  }
  function remember(theme) {
    try {
      localStorage.setItem('covpipe-theme', theme);
    } catch {
      /* see above */
    }
  }
  function show(theme) {
    root.dataset.theme = theme;
    const button = document.getElementById('theme');
    if (button) {
      button.textContent = theme === 'dark' ? 'Light' : 'Dark';
      button.setAttribute('aria-label', 'Show in ' + (theme === 'dark' ? 'light' : 'dark') + ' colours');
    }
    document.dispatchEvent(new Event('covpipe-theme'));
  }
  function current() {
    const chosen = remembered();
    return chosen === 'dark' || chosen === 'light' ? chosen : dark.matches ? 'dark' : 'light';
  }

  show(current());
  dark.addEventListener('change', () => show(current()));
  document.addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('theme');
    button.hidden = false;
    show(current());
    button.addEventListener('click', () => {
      const next = root.dataset.theme === 'dark' ? 'light' : 'dark';
      remember(next);
      show(next);
    });
  });
})();
