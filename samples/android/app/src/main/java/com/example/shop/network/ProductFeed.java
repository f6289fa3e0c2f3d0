package com.example.shop.network;

import com.example.shop.catalog.Product;
import com.example.shop.money.Currency;
import com.example.shop.money.Money;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Turns the server's product list into products. */
public class ProductFeed {

    private final Consumer<String> log;

    public ProductFeed(Consumer<String> log) {
        this.log = log;
    }

    /** A product that cannot be read is left out and logged. */
    public List<Product> read(String json) {
        List<Product> products = new ArrayList<>();
        for (Object item : (List<?>) JsonReader.read(json)) {
            try {
                products.add(product((Map<?, ?>) item));
            } catch (ClassCastException | IllegalArgumentException e) {
                log.accept("left out: " + item);
            }
        }
        return products;
    }

    private static Product product(Map<?, ?> item) {
        String sku = text(item, "sku");
        Currency currency = Currency.valueOf(text(item, "currency"));
        long cents = Math.round((Double) item.get("price") * 100);
        Object stock = item.get("stock");
        int count = stock == null ? 0 : ((Double) stock).intValue();
        return new Product(sku, text(item, "title"), Money.of(cents, currency), count);
    }

    private static String text(Map<?, ?> item, String name) {
        Object value = item.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no " + name);
        }
        return (String) value;
    }
}
