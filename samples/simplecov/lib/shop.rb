# frozen_string_literal: true

require_relative 'shop/cart'

# A small shop.
module Shop
end
