package com.example.shop.network;

/** The answer was not JSON. */
class ParseFailure extends RuntimeException {

    final int offset;

    ParseFailure(String what, int offset) {
        super("offset " + offset + ": " + what);
        this.offset = offset;
    }
}

/** The server answered, but not with what was asked for. */
class HttpFailure extends RuntimeException {

    final int status;

    HttpFailure(int status) {
        super("status " + status);
        this.status = status;
    }

    boolean worthARetry() {
        return status == 429 || status >= 500;
    }
}
