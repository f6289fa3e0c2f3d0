package com.example.shop.search;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** What a shopper typed: words to find and, after a minus, words to leave out. */
public final class Query {

    private final List<QueryTerm> terms;

    private Query(List<QueryTerm> terms) {
        this.terms = Collections.unmodifiableList(terms);
    }

    public static Query parse(String typed) {
        List<QueryTerm> terms = new ArrayList<>();
        for (String word : typed.trim().split("\\s+")) {
            if (word.isEmpty() || word.equals("-")) {
                continue;
            }
            if (word.charAt(0) == '-') {
                terms.add(new QueryTerm(word.substring(1), true));
            } else {
                terms.add(new QueryTerm(word, false));
            }
        }
        return new Query(terms);
    }

    public boolean isEmpty() {
        return terms.isEmpty();
    }

    List<QueryTerm> terms() {
        return terms;
    }
}

/** One word of a query. */
final class QueryTerm {

    final String word;
    final boolean excluded;

    QueryTerm(String word, boolean excluded) {
        this.word = word.toLowerCase(Locale.ROOT);
        this.excluded = excluded;
    }

    @Override
    public String toString() {
        return excluded ? "-" + word : word;
    }
}
