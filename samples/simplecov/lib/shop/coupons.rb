# frozen_string_literal: true

module Shop
  # Nothing loads this file.
  class Coupons
    def worth(coupon, total)
      coupon[:expired] ? 0 : [coupon[:value], total].min
    end
  end
end
