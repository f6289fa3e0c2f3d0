package com.example.shop.catalog;

import com.example.shop.money.Currency;
import com.example.shop.money.Money;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;

/** Reads the price list the old till wrote. Nobody calls it any more. */
public class CsvImport {

    private final Currency currency;
    private int skipped;

    public CsvImport(Currency currency) {
        this.currency = currency;
    }

    public int skipped() {
        return skipped;
    }

    public List<Product> read(Reader in) throws IOException {
        List<Product> products = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(in)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] cells = line.split(";", -1);
                if (cells.length != 4) {
                    skipped++;
                    continue;
                }
                try {
                    Money price = Money.of(Long.parseLong(cells[2].trim()), currency);
                    products.add(new Product(cells[0], cells[1], price, Integer.parseInt(cells[3].trim())));
                } catch (NumberFormatException e) {
                    skipped++;
                }
            }
        }
        return products;
    }
}
