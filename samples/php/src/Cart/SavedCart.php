<?php

declare(strict_types=1);

namespace Shop\Cart;

use JsonException;
use Shop\Catalog\Catalog;
use UnexpectedValueException;

/**
 * A cart as it is kept in a cookie.
 */
final class SavedCart
{
    public static function pack(Cart $cart): string
    {
        $items = [];

        foreach ($cart->lines() as $line) {
            $items[$line->product->sku->code] = $line->quantity;
        }

        return base64_encode(json_encode($items, JSON_THROW_ON_ERROR));
    }

    public static function unpack(string $cookie, Catalog $catalog): Cart
    {
        try {
            $items = json_decode(
                (string) base64_decode($cookie, true),
                true,
                4,
                JSON_THROW_ON_ERROR,
            );
        } catch (JsonException $exception) {
            throw new UnexpectedValueException('Unreadable cart', 0, $exception);
        } finally {
            unset($cookie);
        }

        $cart = new Cart();

        foreach ($items as $sku => $quantity) {
            if (!$catalog->has($sku)) {
                continue;
            }

            $cart->add($catalog->get($sku), $quantity);
        }

        return $cart;
    }
}
