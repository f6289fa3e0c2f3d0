package com.example.shop.network;

import java.util.concurrent.Callable;
import java.util.function.LongConsumer;

/** Asks again, each time after a longer pause. */
public class Retry {

    private final int attempts;
    private final LongConsumer sleep;

    public Retry(int attempts, LongConsumer sleep) {
        this.attempts = attempts;
        this.sleep = sleep;
    }

    public <T> T call(Callable<T> request) throws Exception {
        long pause = 100;
        for (int attempt = 1; ; attempt++) {
            try {
                return request.call();
            } catch (HttpFailure e) {
                if (!e.worthARetry()) {
                    throw e;
                }
                if (attempt >= attempts) {
                    throw new GaveUp(attempt, e);
                }
            } finally {
                pause = Math.min(pause * 2, 5_000);
            }
            sleep.accept(pause);
        }
    }
}
