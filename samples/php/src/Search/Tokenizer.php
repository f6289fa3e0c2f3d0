<?php

declare(strict_types=1);

namespace Shop\Search;

use Generator;
use Shop\Support\Text;

class Tokenizer
{
    private const STOP_WORDS = [
        'a',
        'and',
        'der',
        'die',
        'for',
        'the',
        'und',
        'with',
    ];

    /** @return Generator<int, string> */
    public function tokens(string $text): Generator
    {
        $words = preg_split('/[^a-z0-9]+/', Text::fold($text), -1, PREG_SPLIT_NO_EMPTY);

        foreach ($words as $position => $word) {
            if (in_array($word, self::STOP_WORDS, true)) {
                continue;
            }

            yield $position => $this->stem($word);
        }
    }

    protected function stem(string $word): string
    {
        foreach (['ings', 'ing', 'es', 's'] as $ending) {
            if (strlen($word) - strlen($ending) >= 3 && str_ends_with($word, $ending)) {
                return substr($word, 0, -strlen($ending));
            }
        }

        return $word;
    }
}
