<?php

declare(strict_types=1);

namespace Shop\Tests\Search;

use PHPUnit\Framework\TestCase;
use Shop\Search\Highlighter;
use Shop\Search\Query;

final class QueryTest extends TestCase
{
    public function testTakesThePartsApart(): void
    {
        $query = Query::parse('red shoe -boot Max:50');

        self::assertSame(['red', 'shoe'], $query->words);
        self::assertSame(['boot'], $query->without);
        self::assertSame(['max' => '50'], $query->filters);
        self::assertSame(5000, $query->max());
    }

    /** @dataProvider empties */
    public function testEmpty(string $input, bool $empty): void
    {
        self::assertSame($empty, Query::parse($input)->isEmpty());
    }

    public function empties(): array
    {
        return [['', true], ['   ', true], ['-boot', true], ['shoe', false], ['max:5', false]];
    }

    public function testPrintsANormalForm(): void
    {
        self::assertSame('red shoe -boot max:50', (string) Query::parse(' max:50  red -boot shoe'));
    }

    public function testThereNeedNotBeALimit(): void
    {
        self::assertNull(Query::parse('shoe')->max());
    }

    /** @dataProvider highlights */
    public function testHighlights(string $text, array $words, string $expected): void
    {
        self::assertSame($expected, (new Highlighter('[', ']'))->mark($text, ...$words));
    }

    public function highlights(): array
    {
        return [
            ['Blue Mug', ['mug'], 'Blue [Mug]'],
            ['mugs and mug', ['mug'], '[mugs] and [mug]'],
            ['Blue Mug', ['blue', 'mug'], '[Blue] [Mug]'],
            ['Blue Mug', [], 'Blue Mug'],
            ['a.b axb', ['a.'], '[a.b] axb'],
        ];
    }

    public function testSuggestsAKnownWord(): void
    {
        $highlighter = new Highlighter();

        self::assertSame('lamp', $highlighter->suggestion('lampp', 'table', 'lamp'));
        self::assertNull($highlighter->suggestion('sofa', 'table', 'lamp'));
    }
}
