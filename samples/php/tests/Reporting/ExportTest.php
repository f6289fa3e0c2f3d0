<?php

declare(strict_types=1);

namespace Shop\Tests\Reporting;

use PHPUnit\Framework\TestCase;
use Shop\Export\CsvExport;
use Shop\Export\Größe;
use UnhandledMatchError;
use function Shop\Export\questions;
use function Shop\Export\render_questions;

final class ExportTest extends TestCase
{
    /** @dataProvider cells */
    public function testCells(mixed $value, string $expected): void
    {
        self::assertSame("h\r\n{$expected}\r\n", (new CsvExport())->export(['h'], [[$value]]));
    }

    public function cells(): array
    {
        return [
            'text' => ['mug', 'mug'],
            'number' => [12, '12'],
            'fraction' => [12.5, '12,50'],
            'true' => [true, 'yes'],
            'false' => [false, 'no'],
            'nothing' => [null, ''],
            'separator inside' => ['a;b', '"a;b"'],
            'quotes inside' => ['5" disk', '"5"" disk"'],
        ];
    }

    public function testSeparatorCanBeChanged(): void
    {
        self::assertSame("a,b\r\n1,2\r\n", (new CsvExport(','))->export(['a', 'b'], [[1, 2]]));
    }

    public function testRowsMayComeFromAGenerator(): void
    {
        $rows = (static function (): iterable {
            yield [1];
            yield [2];
        })();

        self::assertSame("n\r\n1\r\n2\r\n", (new CsvExport())->export(['n'], $rows));
    }

    /** @dataProvider letters */
    public function testSizes(string $letter, int $value): void
    {
        $size = Größe::ausBuchstabe($letter);

        self::assertSame($value, $size->value);
        self::assertSame($letter, $size->international());
    }

    public function letters(): array
    {
        return [['S', 36], ['M', 40], ['L', 44]];
    }

    public function testUnknownSize(): void
    {
        $this->expectException(UnhandledMatchError::class);

        Größe::ausBuchstabe('Q');
    }

    public function testQuestionsAreEscaped(): void
    {
        require_once __DIR__ . '/../../src/Export/Q&A (draft).php';

        self::assertSame(
            "<dl>\n<dt>Is it &lt;new&gt;?</dt><dd>Yes &amp; no</dd>\n</dl>",
            render_questions(['Is it <new>' => 'Yes & no']),
        );
        self::assertSame(['Why?' => 'Why not'], iterator_to_array(questions(['Why??' => 'Why not'])));
    }
}
