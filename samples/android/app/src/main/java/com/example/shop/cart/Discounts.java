package com.example.shop.cart;

import com.example.shop.money.Money;

/** The discounts on offer. Each is a rule from a cart to its price. */
public final class Discounts {

    private Discounts() {
    }

    public interface Discount {
        Money price(Cart cart);
    }

    public static Discount none() {
        return new Discount() {
            @Override
            public Money price(Cart cart) {
                return cart.total();
            }
        };
    }

    public static Discount percent(final int percent, final Money from) {
        return new Discount() {
            @Override
            public Money price(Cart cart) {
                Money total = cart.total();
                return total.compareTo(from) < 0 ? total : total.less(percent);
            }
        };
    }

    /** For each dozen of one product, two are free. */
    public static Discount dozens() {
        return new Discount() {
            @Override
            public Money price(Cart cart) {
                Money total = cart.total();
                for (Cart.Line line : cart) {
                    int free = line.quantity() / 12 * 2;
                    if (free > 0) {
                        total = total.plus(line.product().price().times(-free));
                    }
                }
                return total;
            }
        };
    }

    public static Discount best(Discount first, Discount second) {
        return cart -> {
            Money a = first.price(cart);
            Money b = second.price(cart);
            return a.compareTo(b) <= 0 ? a : b;
        };
    }
}
