package com.example.shop.payments;

import com.example.shop.money.Money;
import java.util.HashMap;
import java.util.Map;

/** Pays from a gift card first, then from a card. Written, but not sold yet. */
public class GiftCards implements PaymentGateway {

    private final Map<String, Money> balances = new HashMap<>();
    private final PaymentGateway rest;
    private String gift;

    public GiftCards(PaymentGateway rest) {
        this.rest = rest;
    }

    public void issue(String code, Money balance) {
        balances.merge(code, balance, Money::plus);
    }

    public void use(String code) {
        gift = balances.containsKey(code) ? code : null;
    }

    @Override
    public String charge(String card, Money amount) throws PaymentException {
        if (gift == null) {
            return rest.charge(card, amount);
        }
        Money balance = balances.get(gift);
        if (balance.compareTo(amount) >= 0) {
            balances.put(gift, balance.plus(amount.times(-1)));
            return "gift-" + gift;
        }
        String receipt = rest.charge(card, amount.plus(balance.times(-1)));
        balances.remove(gift);
        return receipt;
    }
}
