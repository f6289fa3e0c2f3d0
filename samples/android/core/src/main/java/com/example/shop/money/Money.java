package com.example.shop.money;

import java.util.Objects;

/** An amount in the smallest unit of its currency. Never changes. */
public final class Money implements Comparable<Money> {

    private final long cents;
    private final Currency currency;

    private Money(long cents, Currency currency) {
        this.cents = cents;
        this.currency = currency;
    }

    public static Money of(long cents, Currency currency) {
        return new Money(cents, Objects.requireNonNull(currency));
    }

    public long cents() {
        return cents;
    }

    public Currency currency() {
        return currency;
    }

    public Money plus(Money other) {
        return new Money(Math.addExact(cents, same(other).cents), currency);
    }

    public Money times(int factor) {
        return new Money(Math.multiplyExact(cents, (long) factor), currency);
    }

    /** Takes percent off, rounded down to a whole cent. */
    public Money less(int percent) {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException("percent: " + percent);
        }
        return new Money(cents - cents * percent / 100, currency);
    }

    private Money same(Money other) {
        if (other.currency != currency) {
            throw new IllegalArgumentException(other.currency + " is not " + currency);
        }
        return other;
    }

    @Override
    public int compareTo(Money other) {
        return Long.compare(cents, same(other).cents);
    }

    @Override
    public boolean equals(Object o) {
        if (this == o) {
            return true;
        }
        if (!(o instanceof Money)) {
            return false;
        }
        Money m = (Money) o;
        return cents == m.cents && currency == m.currency;
    }

    @Override
    public int hashCode() {
        return Objects.hash(cents, currency);
    }

    @Override
    public String toString() {
        return currency.format(cents);
    }
}
