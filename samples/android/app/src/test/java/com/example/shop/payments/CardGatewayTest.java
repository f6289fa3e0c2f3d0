package com.example.shop.payments;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.example.shop.money.Currency;
import com.example.shop.money.Money;
import org.junit.Test;

public class CardGatewayTest {

    private static final String CARD = "4111 1111 1111 1111";
    private static final Money PRICE = Money.of(1000, Currency.EUR);

    @Test
    public void returnsTheReceipt() throws PaymentException {
        CardGateway gateway = new CardGateway((path, body) -> "{\"status\":\"ok\",\"receipt\":\"r1\"}");
        assertEquals("r1", gateway.charge(CARD, PRICE));
    }

    @Test
    public void aDeclinedCardIsDeclined() {
        CardGateway gateway = new CardGateway((path, body) -> "{\"status\": \"declined\"}");
        PaymentException e = assertThrows(PaymentException.class, () -> gateway.charge(CARD, PRICE));
        assertFalse(e.mayTryAgain());
    }

    @Test
    public void cardNumbersHaveACheckDigit() {
        assertTrue(CardNumber.isValid("5500 0055 5555 5559"));
        assertFalse(CardNumber.isValid("5500 0055 5555 5558"));
        assertFalse(CardNumber.isValid("1234"));
        assertFalse(CardNumber.isValid("4111 1111 1111 111x"));
        assertFalse(CardNumber.isValid("4111 1111 1111 111/"));
        assertFalse(CardNumber.isValid("41111111111111111111"));
        assertEquals("**** 1111", CardNumber.masked(CARD));
    }
}
