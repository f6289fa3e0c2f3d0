'use strict';

function worth(coupon, total) {
  if (coupon.expired) {
    return 0;
  }
  return Math.min(coupon.value, total);
}

module.exports = { worth };
