'use strict';

const { add, times } = require('./money/money');

class Cart {
  constructor() {
    this.lines = [];
  }

  put(product, quantity = 1) {
    if (quantity < 1) throw new RangeError('nothing to put');
    const line = this.lines.find((l) => l.product.sku === product.sku);
    if (line) line.quantity += quantity; else this.lines.push({ product, quantity });
  }

  take(sku) {
    const at = this.lines.findIndex((l) => l.product.sku === sku);
    return at < 0 ? null : this.lines.splice(at, 1)[0];
  }

  total() {
    return this.lines.map((l) => times(l.product.price, l.quantity)).reduce(add, 0);
  }
}

module.exports = { Cart };
