package com.example.shop.search;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.example.shop.catalog.Product;
import com.example.shop.money.Currency;
import com.example.shop.money.Money;
import org.junit.Before;
import org.junit.Test;

public class SearchIndexTest {

    private final SearchIndex index = new SearchIndex();

    @Before
    public void fill() {
        for (String title : new String[] {"Green tea", "Black tea", "Wild berries", "Glass"}) {
            index.add(new Product(title, title, Money.of(1, Currency.EUR), 1));
        }
    }

    private int hits(String typed) {
        return index.search(Query.parse(typed)).size();
    }

    @Test
    public void everyWordMustBeThere() {
        assertEquals(2, hits("tea"));
        assertEquals(1, hits("black TEA"));
        assertEquals(0, hits("black berry"));
    }

    @Test
    public void minusLeavesOut() {
        assertEquals(1, hits("tea -green"));
        assertEquals(0, hits("-green"));
    }

    @Test
    public void pluralIsTheSameWord() {
        assertEquals(1, hits("berry"));
        assertEquals(2, hits("teas"));
        assertEquals(1, hits("glass"));
    }

    @Test
    public void nothingTypedFindsNothing() {
        assertTrue(Query.parse("  - ").isEmpty());
        assertEquals(0, hits(""));
        assertEquals("[a, -b]", Query.parse("A -B").terms().toString());
    }
}
