package com.example.shop.cart;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.example.shop.catalog.Product;
import com.example.shop.money.Currency;
import com.example.shop.money.Money;
import org.junit.Test;

public class CartTest {

    private final Cart cart = new Cart(Currency.EUR);
    private final Product cup = new Product("c1", "Cup", Money.of(500, Currency.EUR), 30);

    @Test
    public void sumsItsLines() {
        cart.add(cup, 2);
        cart.add(cup, 1);
        assertEquals(Money.of(1500, Currency.EUR), cart.total());
    }

    @Test
    public void holdsNoMoreThanAllowed() {
        cart.add(cup, 25);
        assertEquals(Cart.MOST_OF_ONE, cart.iterator().next().quantity());
    }

    @Test
    public void aLineOfNothingIsGone() {
        cart.add(cup, 1);
        cart.add(cup, -1);
        assertTrue(cart.isEmpty());
    }

    @Test
    public void anAdditionCanBeTakenBack() {
        cart.add(cup, 1);
        cart.add(cup, 4).run();
        assertEquals(1, cart.iterator().next().quantity());
    }

    @Test
    public void smallCartsGetNoDiscount() {
        Discounts.Discount tenth = Discounts.percent(10, Money.of(1000, Currency.EUR));
        cart.add(cup, 1);
        assertEquals(500, tenth.price(cart).cents());
        cart.add(cup, 1);
        assertEquals(900, tenth.price(cart).cents());
    }
}
