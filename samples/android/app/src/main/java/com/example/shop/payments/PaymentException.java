package com.example.shop.payments;

/** The money did not come. */
public class PaymentException extends Exception {

    private final boolean mayTryAgain;

    public PaymentException(String why, boolean mayTryAgain) {
        super(why);
        this.mayTryAgain = mayTryAgain;
    }

    public boolean mayTryAgain() {
        return mayTryAgain;
    }
}
