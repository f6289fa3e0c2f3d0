<?php

declare(strict_types=1);

namespace Shop\Tests\Catalog;

use PHPUnit\Framework\TestCase;
use Shop\Import\CsvReader;
use UnexpectedValueException;

final class CsvReaderTest extends TestCase
{
    public function testRowsAreNamedByTheHeader(): void
    {
        $reader = new CsvReader();
        $rows = iterator_to_array($reader->rows("sku; name\nMU-100;Blue Mug\n\nLA-200;\"Lamp; small\"\n"));

        self::assertSame(['sku', 'name'], $reader->header());
        self::assertSame([
            2 => ['sku' => 'MU-100', 'name' => 'Blue Mug'],
            4 => ['sku' => 'LA-200', 'name' => 'Lamp; small'],
        ], $rows);
    }

    public function testLinesMustFitTheHeader(): void
    {
        $this->expectException(UnexpectedValueException::class);
        $this->expectExceptionMessage('Line 2');

        iterator_to_array((new CsvReader())->rows("a;b\n1"));
    }
}
