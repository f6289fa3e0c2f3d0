<?php

declare(strict_types=1);

namespace Shop\Tests\Listing;

use PHPUnit\Framework\TestCase;
use RangeException;
use Shop\Listing\Paginator;
use Shop\Support\Collection;

final class PaginatorTest extends TestCase
{
    /** @dataProvider sizes */
    public function testCountsPages(int $items, int $perPage, int $pages): void
    {
        self::assertSame($pages, $this->paginator($items, $perPage)->pages());
    }

    public function sizes(): array
    {
        return [[0, 10, 1], [1, 10, 1], [10, 10, 1], [11, 10, 2], [25, 10, 3], [5, 1, 5]];
    }

    public function testNeedsRoom(): void
    {
        $this->expectException(RangeException::class);

        $this->paginator(5, 0);
    }

    public function testCutsOutAPage(): void
    {
        $page = $this->paginator(25, 10)->page(3);

        self::assertSame([21, 22, 23, 24, 25], $page->items);
        self::assertTrue($page->isLast());
        self::assertFalse($page->isFirst());
    }

    /** @dataProvider pageNumbers */
    public function testStaysInRange(int $asked, int $given): void
    {
        self::assertSame($given, $this->paginator(25, 10)->page($asked)->number);
    }

    public function pageNumbers(): array
    {
        return [[-5, 1], [0, 1], [1, 1], [2, 2], [3, 3], [99, 3]];
    }

    public function testNeighbours(): void
    {
        $paginator = $this->paginator(25, 10);

        self::assertSame(1, $paginator->page(1)->previous());
        self::assertSame(2, $paginator->page(1)->next());
        self::assertSame(3, $paginator->page(3)->next());
    }

    public function testGoesThroughAllPages(): void
    {
        $sizes = [];

        foreach ($this->paginator(23, 10)->each() as $number => $page) {
            $sizes[$number] = count($page->items);
        }

        self::assertSame([1 => 10, 2 => 10, 3 => 3], $sizes);
    }

    /** @dataProvider windows */
    public function testWindow(int $items, int $current, array $expected): void
    {
        self::assertSame($expected, $this->paginator($items, 10)->window($current));
    }

    public function windows(): array
    {
        return [
            'one page' => [5, 1, [1]],
            'few pages' => [30, 2, [1, 2, 3]],
            'at the start' => [100, 1, [1, 2, null, 10]],
            'in the middle' => [100, 5, [1, null, 4, 5, 6, null, 10]],
            'at the end' => [100, 10, [1, null, 9, 10]],
        ];
    }

    public function testSummary(): void
    {
        self::assertSame('1 item, page 1 of 1', $this->paginator(1, 10)->summary(1));
        self::assertSame('25 items, page 2 of 3', $this->paginator(25, 10)->summary(2));
    }

    private function paginator(int $items, int $perPage): Paginator
    {
        return new Paginator(new Collection($items === 0 ? [] : range(1, $items)), $perPage);
    }
}
