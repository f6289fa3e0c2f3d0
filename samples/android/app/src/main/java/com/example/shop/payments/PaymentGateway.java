package com.example.shop.payments;

import com.example.shop.money.Money;

/** Takes money. */
public interface PaymentGateway {

    /** Returns the number of the receipt. */
    String charge(String card, Money amount) throws PaymentException;
}
