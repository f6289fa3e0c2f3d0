package com.example.shop.search;

import com.example.shop.catalog.Product;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Finds products by the words of their titles. */
public class SearchIndex {

    private final Map<String, Set<Product>> byWord = new HashMap<>();

    public void add(Product product) {
        for (String word : product.title().toLowerCase(Locale.ROOT).split("\\W+")) {
            byWord.computeIfAbsent(stem(word), w -> new LinkedHashSet<>()).add(product);
        }
    }

    /** An empty query finds nothing. */
    public List<Product> search(Query query) {
        Set<Product> found = null;
        for (QueryTerm term : query.terms()) {
            Set<Product> hits = byWord.getOrDefault(stem(term.word), Collections.emptySet());
            if (found == null) {
                found = term.excluded ? new LinkedHashSet<>() : new LinkedHashSet<>(hits);
            } else if (term.excluded) {
                found.removeAll(hits);
            } else {
                found.retainAll(hits);
            }
        }
        return found == null ? new ArrayList<>() : new ArrayList<>(found);
    }

    /** Good enough for a shop: plural and singular are the same word. */
    static String stem(String word) {
        if (word.length() > 4 && word.endsWith("ies")) {
            return word.substring(0, word.length() - 3) + "y";
        }
        if (word.length() > 3 && word.endsWith("s") && !word.endsWith("ss")) {
            return word.substring(0, word.length() - 1);
        }
        return word;
    }
}
