package com.example.shop.checkout;

import com.example.shop.money.Money;

/** What it costs to send a parcel. */
final class Shipping {

    private static final long FREE_FROM = 10_000;

    private Shipping() {
    }

    enum Speed { SLOW, NORMAL, EXPRESS }

    static Money cost(String country, Speed speed, Money goods) {
        long cents;
        switch (country) {
            case "DE":
                cents = 390;
                break;
            case "FR":
            case "AT":
            case "NL":
                cents = 790;
                break;
            case "JP":
                cents = 2900;
                break;
            default:
                cents = 1900;
        }
        if (speed == Speed.EXPRESS) {
            cents = cents * 3;
        } else if (goods.cents() >= FREE_FROM) {
            cents = 0;
        } else if (speed == Speed.SLOW) {
            cents = cents / 2;
        }
        return Money.of(cents, goods.currency());
    }
}
