package com.example.shop.catalog;

import com.example.shop.money.Money;

/** Chooses products. Filters are joined with {@link #and} and {@link #or}. */
@FunctionalInterface
public interface ProductFilter {

    boolean keeps(Product product);

    default ProductFilter and(ProductFilter other) {
        return p -> keeps(p) && other.keeps(p);
    }

    default ProductFilter or(ProductFilter other) {
        return p -> keeps(p) || other.keeps(p);
    }

    static ProductFilter inStock() {
        return p -> p.stock() > 0;
    }

    static ProductFilter upTo(Money limit) {
        return p -> p.price().compareTo(limit) <= 0;
    }
}
