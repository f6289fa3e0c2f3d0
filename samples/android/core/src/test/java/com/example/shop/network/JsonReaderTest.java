package com.example.shop.network;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import org.junit.Test;

public class JsonReaderTest {

    @Test
    public void readsNestedValues() {
        assertEquals("{a=[1.0, {b=x}], c=true}",
                JsonReader.read("{\"a\": [1, {\"b\": \"x\"}], \"c\": true}").toString());
    }

    @Test
    public void readsEscapes() {
        assertEquals("a\n\"b\"", JsonReader.read("\"a\\n\\\"b\\\"\""));
    }

    @Test
    public void saysWhereItStopped() {
        ParseFailure end = assertThrows(ParseFailure.class, () -> JsonReader.read("[1,"));
        assertEquals(3, end.offset);
        assertThrows(ParseFailure.class, () -> JsonReader.read("?"));
    }
}
