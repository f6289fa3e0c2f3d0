<?php

declare(strict_types=1);

namespace Shop\Tests\Listing;

use PHPUnit\Framework\TestCase;
use Shop\Support\Collection;
use Shop\Support\Text;
use UnderflowException;

final class CollectionTest extends TestCase
{
    public function testKeepsTheOrder(): void
    {
        self::assertSame([3, 1, 2], iterator_to_array(Collection::of(3, 1, 2)));
    }

    public function testMapReturnsANewCollection(): void
    {
        $numbers = Collection::of(1, 2, 3);

        self::assertSame([2, 4, 6], $numbers->map(static fn (int $n): int => $n * 2)->all());
        self::assertSame([1, 2, 3], $numbers->all());
    }

    public function testFilterDropsEmptyValuesByDefault(): void
    {
        self::assertSame(['a', 'b'], Collection::of('a', '', null, 'b', 0)->filter()->all());
    }

    public function testFilterWithAFunction(): void
    {
        self::assertSame([3], Collection::of(1, 2, 3)->filter(static fn (int $n): bool => $n > 2)->all());
    }

    public function testFirstOfNothing(): void
    {
        $this->expectException(UnderflowException::class);

        Collection::of()->first();
    }

    /** @dataProvider chunkSizes */
    public function testChunks(int $size, array $expected): void
    {
        self::assertSame($expected, iterator_to_array(Collection::of(1, 2, 3, 4)->chunks($size), false));
    }

    public function chunkSizes(): array
    {
        return [
            [1, [[1], [2], [3], [4]]],
            [2, [[1, 2], [3, 4]]],
            [3, [[1, 2, 3], [4]]],
            [9, [[1, 2, 3, 4]]],
        ];
    }

    public function testPipeRunsFromLeftToRight(): void
    {
        $pipe = Collection::pipe(trim(...), strtoupper(...), strrev(...));

        self::assertSame('CBA', $pipe(' abc '));
    }

    public function testAnEmptyPipeChangesNothing(): void
    {
        self::assertSame(7, Collection::pipe()(7));
    }

    /** @dataProvider truncations */
    public function testTitlesAreTruncatedBetweenWords(string $text, int $length, string $expected): void
    {
        self::assertSame($expected, Text::truncate($text, $length));
    }

    public function truncations(): array
    {
        return [
            'short' => ['Blue Mug', 20, 'Blue Mug'],
            'exact' => ['Blue Mug', 8, 'Blue Mug'],
            'between words' => ['A very long product name', 15, 'A very long...'],
            'no space' => ['Donaudampfschiff', 10, 'Donauda...'],
            'no comma at the end' => ['Red, green, blue and black', 15, 'Red, green...'],
        ];
    }
}
