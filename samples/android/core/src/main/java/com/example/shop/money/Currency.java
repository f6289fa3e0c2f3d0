package com.example.shop.money;

import java.util.Locale;

/** The currencies the shop sells in. */
public enum Currency {
    EUR("€", 2),
    USD("$", 2),
    JPY("¥", 0) {
        @Override
        String place(String number) {
            return sign + number;
        }
    };

    final String sign;
    private final int digits;

    Currency(String sign, int digits) {
        this.sign = sign;
        this.digits = digits;
    }

    String format(long cents) {
        if (digits == 0) {
            return place(Long.toString(cents));
        }
        return place(String.format(Locale.ROOT, "%d.%02d", cents / 100, Math.abs(cents % 100)));
    }

    String place(String number) {
        return number + " " + sign;
    }
}
