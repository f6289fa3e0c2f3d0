package com.example.shop.checkout;

/** The steps of a checkout, in the order a shopper sees them. */
public enum Step {
    ADDRESS,
    SHIPPING,
    PAYMENT,
    DONE,
    FAILED;

    public Step next() {
        switch (this) {
            case ADDRESS:
                return SHIPPING;
            case SHIPPING:
                return PAYMENT;
            case PAYMENT:
                return DONE;
            default:
                throw new IllegalStateException("nothing follows " + this);
        }
    }

    public boolean isOver() {
        return this == DONE || this == FAILED;
    }
}
