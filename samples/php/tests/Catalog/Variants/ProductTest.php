<?php

declare(strict_types=1);

namespace Shop\Tests\Catalog\Variants;

use PHPUnit\Framework\TestCase;
use Shop\Catalog\PhysicalProduct;
use Shop\Tests\Fixtures\Goods;

final class ProductTest extends TestCase
{
    public function testOnlyGoodsWithWeightAreShipped(): void
    {
        self::assertTrue(Goods::mug()->needsShipping());
        self::assertFalse(Goods::novel()->needsShipping());
    }

    public function testSlugIsReadableAndUnique(): void
    {
        self::assertSame('blue-mug-mu-100', Goods::mug()->slug());
    }

    public function testSlugFoldsUmlauts(): void
    {
        $product = PhysicalProduct::make('TU-500', 'Große Türmatte', 2900);

        self::assertSame('grosse-tuermatte-tu-500', $product->slug());
    }

    public function testAttributesBelongToTheCopy(): void
    {
        $mug = Goods::mug();
        $blue = $mug->with('base-color', 'blue')->with('age', 'new');

        self::assertNull($mug->attribute('base-color'));
        self::assertSame('blue', $blue->attribute('base-color'));
        self::assertSame('none', $blue->attribute('pattern', 'none'));
        self::assertSame(['age' => 'new', 'baseColor' => 'blue'], iterator_to_array($blue->attributes()));
    }

    /** @dataProvider notes */
    public function testDeliveryNoteOfParcels(string $language, bool $short, string $expected): void
    {
        self::assertSame($expected, Goods::lamp()->deliveryNote($language, $short));
    }

    public function notes(): array
    {
        return [
            ['de', true, 'Lieferung per Paket'],
            ['de', false, 'Lieferung per Paket (2.3 kg)'],
            ['en', false, 'Delivered as a parcel (2.3 kg)'],
        ];
    }

    public function testDeliveryNoteOfDownloads(): void
    {
        self::assertSame('Download', Goods::novel()->deliveryNote('en', true));
        self::assertSame(
            "A Winter Novel\nis ready for download.\nArticle EB-300",
            Goods::novel()->deliveryNote('en', false),
        );
    }

    public function testDownloadPathDependsOnTheSecret(): void
    {
        $path = Goods::novel()->downloadPath('one');

        self::assertMatchesRegularExpression('#^/download/a-winter-novel-eb-300/[0-9a-f]{12}$#', $path);
        self::assertNotSame($path, Goods::novel()->downloadPath('two'));
    }

    public function testNamesMustNotBeBlank(): void
    {
        $this->expectExceptionMessage('Name must not be blank');

        PhysicalProduct::make('MU-100', '  ', 100);
    }
}
