# frozen_string_literal: true

module Shop
  # What a customer wants to buy.
  class Cart
    def initialize
      @lines = Hash.new(0)
    end

    def put(sku, quantity = 1)
      raise ArgumentError, 'nothing to put' if quantity < 1

      @lines[sku] += quantity
    end

    def take(sku)
      @lines.delete(sku)
    end

    def shipping(country)
      case country
      when 'NL' then 0
      when 'DE', 'BE' then 495
      else 1995
      end
    end

    def total(prices)
      sum = @lines.sum { |sku, quantity| prices[sku] * quantity }
      if sum > 10_000
        sum - 500
      else
        sum
      end
    end
  end
end
