# frozen_string_literal: true

require_relative '../lib/shop'

cart = Shop::Cart.new
cart.put('tea', 2)
raise unless cart.total('tea' => 250) == 500
