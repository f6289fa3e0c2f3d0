package com.example.shop.catalog;

import com.example.shop.money.Money;

/** One thing on the shelf. No decisions are taken here, so it has no branches. */
public final class Product {

    private final String sku;
    private final String title;
    private final Money price;
    private final int stock;

    public Product(String sku, String title, Money price, int stock) {
        this.sku = sku;
        this.title = title;
        this.price = price;
        this.stock = stock;
    }

    public String sku() {
        return sku;
    }

    public String title() {
        return title;
    }

    public Money price() {
        return price;
    }

    public int stock() {
        return stock;
    }
}
