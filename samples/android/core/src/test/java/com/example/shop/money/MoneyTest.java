package com.example.shop.money;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import org.junit.Test;

public class MoneyTest {

    @Test
    public void sumsAndMultiples() {
        Money one = Money.of(150, Currency.EUR);
        assertEquals(Money.of(500, Currency.EUR), one.times(3).plus(Money.of(50, Currency.EUR)));
        assertNotEquals(Money.of(150, Currency.USD), one);
        assertTrue(one.compareTo(Money.of(149, Currency.EUR)) > 0);
    }

    @Test
    public void currenciesDoNotMix() {
        Money euro = Money.of(1, Currency.EUR);
        assertThrows(IllegalArgumentException.class, () -> euro.plus(Money.of(1, Currency.JPY)));
    }

    @Test
    public void discountRoundsDown() {
        assertEquals(900, Money.of(1000, Currency.USD).less(10).cents());
        assertThrows(IllegalArgumentException.class, () -> Money.of(1, Currency.USD).less(101));
    }

    @Test
    public void signsStandWhereTheyBelong() {
        assertEquals("12.05 €", Money.of(1205, Currency.EUR).toString());
    }
}
