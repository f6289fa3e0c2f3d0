<?php

declare(strict_types=1);

namespace Shop\Tests\Fixtures;

use Shop\Catalog\Catalog;
use Shop\Catalog\DigitalProduct;
use Shop\Catalog\PhysicalProduct;
use Shop\Catalog\Sku;
use Shop\Money\Money;

/**
 * A small range of goods to test with.
 */
final class Goods
{
    public static function mug(): PhysicalProduct
    {
        return PhysicalProduct::make('MU-100', 'Blue Mug', 1250, 400);
    }

    public static function lamp(): PhysicalProduct
    {
        return PhysicalProduct::make('LA-200', 'Desk Lamp', 4900, 2300);
    }

    public static function novel(): DigitalProduct
    {
        return new DigitalProduct(Sku::parse('EB-300'), 'A Winter Novel', Money::of(899));
    }

    public static function catalog(): Catalog
    {
        $catalog = new Catalog();

        foreach (file(__DIR__ . '/data/goods.csv', FILE_IGNORE_NEW_LINES) as $line) {
            [$sku, $name, $cents, $grams] = str_getcsv($line, ';');
            $catalog->add(PhysicalProduct::make($sku, $name, (int) $cents, (int) $grams));
        }

        return $catalog;
    }
}
