<?php

declare(strict_types=1);

namespace Shop\Tests\Search;

use PHPUnit\Framework\TestCase;
use Shop\Search\Tokenizer;
use Shop\Support\Text;

final class TokenizerTest extends TestCase
{
    /** @dataProvider texts */
    public function testTokens(string $text, array $expected): void
    {
        self::assertSame($expected, iterator_to_array((new Tokenizer())->tokens($text), false));
    }

    public function texts(): array
    {
        return [
            'empty' => ['', []],
            'case' => ['Blue MUG', ['blue', 'mug']],
            'plural' => ['mugs and dishes', ['mug', 'dish']],
            'verb' => ['running shoes', ['runn', 'sho']],
            'short words stay' => ['gas bus', ['gas', 'bus']],
            'umlauts' => ['Türen', ['tueren']],
            'stop words only' => ['the for with', []],
            'punctuation' => ['mug (blue), 0.5l', ['mug', 'blue', '0', '5l']],
        ];
    }

    public function testKeepsPositions(): void
    {
        self::assertSame([1 => 'blue', 3 => 'red'], iterator_to_array((new Tokenizer())->tokens('the blue and red')));
    }

    public function testStemmingCanBeReplaced(): void
    {
        $tokenizer = new class extends Tokenizer {
            protected function stem(string $word): string
            {
                return $word;
            }
        };

        self::assertSame(['mugs'], iterator_to_array($tokenizer->tokens('mugs')));
    }

    /** @dataProvider similar */
    public function testSimilarWords(string $left, string $right, bool $similar): void
    {
        self::assertSame($similar, Text::soundsLike($left, $right));
    }

    public function similar(): array
    {
        return [
            'same sound' => ['Meyer', 'Mayer', true],
            'one letter off' => ['mug', 'rug', true],
            'different' => ['lamp', 'table', false],
        ];
    }
}
