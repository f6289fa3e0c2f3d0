'use strict';

const add = (a, b) => a + b; const times = (price, n) => price * n;

function format(cents, currency) {
  switch (currency) {
    case 'EUR':
      return `${(cents / 100).toFixed(2)} €`;
    case 'JPY':
      return `¥${cents}`;
    default:
      return `${cents / 100} ${currency || 'XXX'}`;
  }
}

module.exports = { add, times, format };
