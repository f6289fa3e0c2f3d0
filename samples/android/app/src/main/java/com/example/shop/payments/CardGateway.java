package com.example.shop.payments;

import com.example.shop.money.Money;
import com.example.shop.network.JsonReader;
import java.util.Map;

/** Charges cards through a payment service that speaks JSON. */
public class CardGateway implements PaymentGateway {

    /** Sends a request and returns the body of the answer. */
    public interface Transport {
        String post(String path, String body) throws java.io.IOException;
    }

    private final Transport transport;

    public CardGateway(Transport transport) {
        this.transport = transport;
    }

    @Override
    public String charge(String card, Money amount) throws PaymentException {
        if (!CardNumber.isValid(card)) {
            throw new PaymentException("the card number is not valid", true);
        }
        String body = "{\"card\":\"" + card + "\",\"cents\":" + amount.cents() + "}";
        Map<?, ?> answer;
        try {
            answer = (Map<?, ?>) JsonReader.read(transport.post("/charges", body));
        } catch (java.io.IOException e) {
            throw new PaymentException("the service cannot be reached", true);
        } catch (ClassCastException e) {
            throw new PaymentException("the service answered nonsense", false);
        }
        String status = String.valueOf(answer.get("status"));
        switch (status) {
            case "ok":
                return String.valueOf(answer.get("receipt"));
            case "declined":
                throw new PaymentException("the card was declined", false);
            case "busy":
                throw new PaymentException("the service is busy", true);
            default:
                throw new PaymentException("unknown status " + status, false);
        }
    }
}
