package com.example.shop.cart;

import com.example.shop.catalog.Product;
import com.example.shop.money.Currency;
import com.example.shop.money.Money;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the shopper is about to buy. */
public class Cart implements Iterable<Cart.Line> {

    public static final int MOST_OF_ONE = 20;

    private final Currency currency;
    private final Map<String, Line> lines = new LinkedHashMap<>();
    private Runnable onChange = () -> { };

    public Cart(Currency currency) {
        this.currency = currency;
    }

    /** A product and how many of it. */
    public static class Line {
        private final Product product;
        private int quantity;

        Line(Product product) {
            this.product = product;
        }

        public Product product() {
            return product;
        }

        public int quantity() {
            return quantity;
        }

        public Money total() {
            return product.price().times(quantity);
        }
    }

    /** What the undo button needs; it belongs to one cart. */
    private class Snapshot implements Runnable {
        private final Map<String, Integer> quantities = new LinkedHashMap<>();

        Snapshot() {
            lines.forEach((sku, line) -> quantities.put(sku, line.quantity));
        }

        @Override
        public void run() {
            lines.keySet().retainAll(quantities.keySet());
            lines.forEach((sku, line) -> line.quantity = quantities.get(sku));
            onChange.run();
        }
    }

    public void onChange(Runnable listener) {
        onChange = listener;
    }

    /** Returns the action that takes this addition back. */
    public Runnable add(Product product, int quantity) {
        Snapshot undo = new Snapshot();
        Line line = lines.computeIfAbsent(product.sku(), sku -> new Line(product));
        int wanted = line.quantity + quantity;
        line.quantity = Math.min(Math.min(wanted, product.stock()), MOST_OF_ONE);
        if (line.quantity <= 0) {
            lines.remove(product.sku());
        }
        onChange.run();
        return undo;
    }

    public void remove(String sku) {
        if (lines.remove(sku) != null) {
            onChange.run();
        }
    }

    public boolean isEmpty() {
        return lines.isEmpty();
    }

    public Money total() {
        return lines.values().stream().map(Line::total).reduce(Money.of(0, currency), Money::plus);
    }

    @Override
    public Iterator<Line> iterator() {
        List<Line> copy = new ArrayList<>(lines.values());
        return copy.iterator();
    }
}
