package com.example.shop.payments;

/** Checks and hides card numbers. */
public final class CardNumber {

    private CardNumber() {
    }

    /** Spaces are allowed. The last digit is a check digit. */
    public static boolean isValid(String number) {
        String digits = number.replace(" ", "");
        if (digits.length() < 12 || digits.length() > 19) {
            return false;
        }
        int sum = 0;
        boolean twice = false;
        for (int i = digits.length() - 1; i >= 0; i--) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
            if (twice) {
                digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
            }
            sum += digit;
            twice = !twice;
        }
        return sum % 10 == 0;
    }

    public static String masked(String number) {
        String digits = number.replace(" ", "");
        return "**** " + digits.substring(Math.max(0, digits.length() - 4));
    }
}
