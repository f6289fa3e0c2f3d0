package com.example.shop.network;

import static org.junit.Assert.assertEquals;

import com.example.shop.catalog.Product;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;

public class ProductFeedTest {

    private final List<String> log = new ArrayList<>();

    @Test
    public void readsProducts() {
        List<Product> products = new ProductFeed(log::add).read(
                "[{\"sku\":\"c1\",\"title\":\"Cup\",\"price\":5.25,\"currency\":\"EUR\",\"stock\":4}]");
        assertEquals(525, products.get(0).price().cents());
        assertEquals(4, products.get(0).stock());
    }

    @Test
    public void leavesOutWhatItCannotRead() {
        assertEquals(0, new ProductFeed(log::add).read("[{\"sku\":null}, false]").size());
        assertEquals(2, log.size());
    }
}
