package com.example.shop.catalog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A catalog held in memory, in the order the products were added. */
public class MemoryCatalog implements Catalog {

    private final Map<String, Product> products = new LinkedHashMap<>();
    private final List<Listener> listeners = new ArrayList<>();

    /** Hears of each product that is added or replaced. */
    public interface Listener {
        void changed(Product before, Product after);
    }

    /** One screenful of products. */
    public static final class Page {
        public final List<Product> products;
        public final boolean last;

        Page(List<Product> products, boolean last) {
            this.products = products;
            this.last = last;
        }

        public boolean isEmpty() {
            return products.isEmpty();
        }
    }

    public void listen(Listener listener) {
        listeners.add(listener);
    }

    public void add(Product product) {
        Product before = products.put(product.sku(), product);
        listeners.forEach(l -> l.changed(before, product));
    }

    public void addAll(Collection<Product> all) {
        all.forEach(this::add);
    }

    @Override
    public Optional<Product> find(String sku) {
        return Optional.ofNullable(products.get(sku));
    }

    @Override
    public List<Product> list(ProductFilter filter) {
        return products.values().stream().filter(filter::keeps).collect(Collectors.toList());
    }

    /** Pages count from 0. A page past the end is empty and the last. */
    public Page page(int number, int size) {
        if (number < 0 || size < 1) {
            throw new IllegalArgumentException("page " + number + " of size " + size);
        }
        List<Product> all = new ArrayList<>(products.values());
        int from = Math.min(number * size, all.size());
        int to = Math.min(from + size, all.size());
        return new Page(all.subList(from, to), to == all.size());
    }

    public List<Product> cheapestFirst() {
        List<Product> all = new ArrayList<>(products.values());
        all.sort(new Comparator<Product>() {
            @Override
            public int compare(Product a, Product b) {
                int byPrice = a.price().compareTo(b.price());
                return byPrice != 0 ? byPrice : a.title().compareTo(b.title());
            }
        });
        return all;
    }
}
