package com.example.shop.catalog;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.example.shop.money.Currency;
import com.example.shop.money.Money;
import java.util.Arrays;
import org.junit.Before;
import org.junit.Test;

public class MemoryCatalogTest {

    private final MemoryCatalog catalog = new MemoryCatalog();

    @Before
    public void fill() {
        catalog.addAll(Arrays.asList(
                new Product("t1", "Tea pot", Money.of(2500, Currency.EUR), 3),
                new Product("c1", "Cup", Money.of(600, Currency.EUR), 0),
                new Product("s1", "Saucer", Money.of(400, Currency.EUR), 9)));
    }

    @Test
    public void findsWhatWasAdded() {
        assertEquals("Cup", catalog.find("c1").get().title());
        assertFalse(catalog.find("x9").isPresent());
    }

    @Test
    public void filtersJoin() {
        ProductFilter cheap = ProductFilter.upTo(Money.of(1000, Currency.EUR));
        assertEquals(1, catalog.list(cheap.and(ProductFilter.inStock())).size());
    }

    @Test
    public void cheapestIsFirst() {
        assertEquals("s1", catalog.cheapestFirst().get(0).sku());
    }

    @Test
    public void theLastPageIsMarked() {
        assertFalse(catalog.page(0, 2).last);
        assertTrue(catalog.page(1, 2).last);
    }
}
