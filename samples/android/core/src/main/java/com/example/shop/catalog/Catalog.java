package com.example.shop.catalog;

import java.util.List;
import java.util.Optional;

/** Where products are looked up. Nothing to run, so nothing to cover. */
public interface Catalog {

    Optional<Product> find(String sku);

    List<Product> list(ProductFilter filter);
}
