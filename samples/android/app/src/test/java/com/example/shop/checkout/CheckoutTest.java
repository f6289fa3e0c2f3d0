package com.example.shop.checkout;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.example.shop.cart.Cart;
import com.example.shop.cart.Discounts;
import com.example.shop.catalog.Product;
import com.example.shop.money.Currency;
import com.example.shop.money.Money;
import com.example.shop.payments.PaymentException;
import com.example.shop.payments.PaymentGateway;
import org.junit.Test;

public class CheckoutTest {

    private static Cart cart() {
        Cart cart = new Cart(Currency.EUR);
        cart.add(new Product("c1", "Cup", Money.of(500, Currency.EUR), 9), 3);
        return cart;
    }

    private static Checkout ready(PaymentGateway gateway) {
        Checkout checkout = new Checkout(cart(), Discounts.none(), gateway);
        checkout.sendTo("DE");
        checkout.ship(Shipping.Speed.NORMAL);
        return checkout;
    }

    @Test
    public void goodsAndShippingArePaidTogether() {
        Checkout checkout = ready((card, amount) -> "r-" + amount.cents());
        assertTrue(checkout.pay("any"));
        assertEquals(Step.DONE, checkout.step());
        assertEquals("r-1890", checkout.receipt());
    }

    @Test
    public void afterARefusalTheShopperMayTryAgain() {
        Checkout checkout = ready((card, amount) -> {
            throw new PaymentException("busy", true);
        });
        assertFalse(checkout.pay("any"));
        assertEquals(Step.PAYMENT, checkout.step());
        assertEquals("busy", checkout.problem());
    }

    @Test
    public void stepsKeepTheirOrder() {
        Checkout checkout = new Checkout(cart(), Discounts.none(), null);
        assertThrows(IllegalStateException.class, () -> checkout.pay("any"));
        assertThrows(IllegalStateException.class, Step.DONE::next);
    }
}
