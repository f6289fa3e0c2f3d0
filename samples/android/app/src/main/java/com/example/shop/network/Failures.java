package com.example.shop.network;

/** Every attempt failed. The core module has a file of this name in this package too. */
class GaveUp extends RuntimeException {

    final int attempts;

    GaveUp(int attempts, Throwable last) {
        super("gave up after " + attempts + " attempts", last);
        this.attempts = attempts;
    }

    boolean wasTimeout() {
        return getCause() instanceof HttpFailure && ((HttpFailure) getCause()).status == 504;
    }
}
