<?php

declare(strict_types=1);

namespace Shop\Tests\Reporting;

use PHPUnit\Framework\TestCase;
use Shop\Money\Money;
use Shop\Report\Format\PlainText;
use Shop\Report\Format\Renderer;
use Shop\Report\SalesReport;
use function Shop\Report\Format\underline;
use function Shop\Report\growth;

final class SalesReportTest extends TestCase
{
    private SalesReport $report;

    protected function setUp(): void
    {
        require_once __DIR__ . '/../../src/Report/reports.php';

        $this->report = new SalesReport('March');
        $sales = json_decode(file_get_contents(__DIR__ . '/../Fixtures/data/sales.json'), true);

        foreach ($sales as $day => $amounts) {
            foreach ($amounts as $amount) {
                $this->report->add($day, Money::of($amount));
            }
        }
    }

    public function testAddsUpByDay(): void
    {
        self::assertSame(
            [6150, 12900, 3048],
            array_values(array_map(static fn (Money $sum): int => $sum->amount, $this->report->rows())),
        );
    }

    public function testFindsTheBestDay(): void
    {
        self::assertSame('2024-03-02', $this->report->bestDay());
        self::assertNull((new SalesReport('Empty'))->bestDay());
    }

    public function testPlainText(): void
    {
        self::assertSame(
            implode("\n", [
                'March',
                '=====',
                '2024-03-01     61.50 EUR',
                '2024-03-02    129.00 EUR',
                '2024-03-03     30.48 EUR',
            ]),
            $this->report->render(new PlainText()),
        );
    }

    public function testRowsAreSortedForTheRenderer(): void
    {
        $renderer = $this->createMock(Renderer::class);
        $renderer->expects(self::once())
            ->method('render')
            ->with('Small', ['2024-01-01' => '1.00 EUR', '2024-01-02' => '2.00 EUR'])
            ->willReturn('done');

        $report = (new SalesReport('Small'))
            ->add('2024-01-02', Money::of(200))
            ->add('2024-01-01', Money::of(100));

        self::assertSame('done', $report->render($renderer));
    }

    /** @dataProvider growths */
    public function testGrowth(int $before, int $after, ?float $expected): void
    {
        self::assertSame($expected, growth(Money::of($before), Money::of($after)));
    }

    public function growths(): array
    {
        return [
            'doubled' => [100, 200, 100.0],
            'shrunk' => [300, 200, -33.3],
            'from nothing' => [0, 200, null],
        ];
    }

    public function testUnderline(): void
    {
        self::assertSame('===', underline('abc'));
    }
}
