package com.example.shop.checkout;

import com.example.shop.cart.Cart;
import com.example.shop.cart.Discounts;
import com.example.shop.money.Money;
import com.example.shop.payments.PaymentException;
import com.example.shop.payments.PaymentGateway;

/** Leads one cart from the address to the receipt. */
public class Checkout {

    private final Cart cart;
    private final Discounts.Discount discount;
    private final PaymentGateway gateway;
    private Step step = Step.ADDRESS;
    private String country;
    private Shipping.Speed speed;
    private String receipt;
    private String problem;

    public Checkout(Cart cart, Discounts.Discount discount, PaymentGateway gateway) {
        if (cart.isEmpty()) {
            throw new IllegalArgumentException("the cart is empty");
        }
        this.cart = cart;
        this.discount = discount;
        this.gateway = gateway;
    }

    public Step step() {
        return step;
    }

    public void sendTo(String country) {
        at(Step.ADDRESS);
        this.country = country;
        step = step.next();
    }

    public void ship(Shipping.Speed speed) {
        at(Step.SHIPPING);
        this.speed = speed;
        step = step.next();
    }

    public Money total() {
        Money goods = discount.price(cart);
        if (speed == null) {
            return goods;
        }
        return goods.plus(Shipping.cost(country, speed, goods));
    }

    /** Returns whether the money came; if not, {@link #problem} says why. */
    public boolean pay(String card) {
        at(Step.PAYMENT);
        try {
            receipt = gateway.charge(card, total());
            step = step.next();
            return true;
        } catch (PaymentException e) {
            problem = e.getMessage();
            if (!e.mayTryAgain()) {
                step = Step.FAILED;
            }
            return false;
        }
    }

    public String receipt() {
        at(Step.DONE);
        return receipt;
    }

    public String problem() {
        return problem;
    }

    private void at(Step wanted) {
        if (step != wanted) {
            throw new IllegalStateException("at " + step + ", not at " + wanted);
        }
    }
}
