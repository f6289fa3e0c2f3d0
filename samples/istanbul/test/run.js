'use strict';

const assert = require('node:assert');
const { Cart } = require('../src/cart');
const { format } = require('../src/money/money');
require('../src/version');

const cart = new Cart();
cart.put({ sku: 'tea', price: 250 }, 2);
cart.put({ sku: 'tea', price: 250 });
cart.put({ sku: 'cup', price: 900 });
assert.equal(cart.total(), 1650);
assert.equal(cart.take('cup').quantity, 1);
assert.equal(format(cart.total(), 'EUR'), '7.50 €');
