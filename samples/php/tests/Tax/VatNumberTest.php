<?php

declare(strict_types=1);

namespace Shop\Tests\Tax;

use PHPUnit\Framework\TestCase;
use Shop\Support\Inspection;
use Shop\Support\StrictInspection;
use Shop\Tax\VatNumber;

final class VatNumberTest extends TestCase
{
    /** @dataProvider numbers */
    public function testChecks(string $number, bool $valid): void
    {
        self::assertSame($valid, (new VatNumber($number))->isValid());
    }

    public function numbers(): array
    {
        return [
            'German' => ['DE136695976', true],
            'German, wrong digit' => ['DE136695975', false],
            'German, too short' => ['DE13669597', false],
            'Austrian' => ['ATU12345678', true],
            'French' => ['FRXX123456789', true],
            'unknown country' => ['ZZ123', false],
        ];
    }

    public function testReadsWellInGroups(): void
    {
        self::assertSame('DE 136 695 976', (new VatNumber('DE136695976'))->formatted());
    }

    public function testInspectionCollectsFindings(): void
    {
        require_once __DIR__ . '/../../src/Support/Inspection.php';

        $inspection = new Inspection('Invoice 7', 1);
        $inspection
            ->expect((new VatNumber('DE1'))->isValid(), 'bad VAT number')
            ->expect(true, 'never seen')
            ->expect(false, 'not shown');

        self::assertFalse($inspection->passed());
        self::assertSame('Invoice 7: bad VAT number', $inspection->summary());
        self::assertSame(['bad VAT number', 'not shown'], $inspection->findings());
    }

    public function testInspectionCanPass(): void
    {
        require_once __DIR__ . '/../../src/Support/Inspection.php';

        self::assertSame('Invoice 8: fine', (new Inspection('Invoice 8'))->summary());
        self::assertSame(0, (new StrictInspection())->assertClean());
    }
}
