<?php

declare(strict_types=1);

namespace Shop\Search;

use Shop\Support\Text;

final class Highlighter
{
    public function __construct(private string $open = '<mark>', private string $close = '</mark>') {}

    public function mark(string $text, string ...$words): string
    {
        foreach ($words as $word) {
            $text = preg_replace_callback(
                '/\b' . preg_quote($word, '/') . '\w*/i',
                function (array $match): string {
                    return $this->open . $match[0] . $this->close;
                },
                $text,
            );
        }

        return $text;
    }

    public function excerpt(string $text, string $word, int $length = 60): string
    {
        $position = stripos($text, $word);

        if ($position === false) {
            return Text::truncate($text, $length);
        }

        $start = max(0, $position - intdiv($length, 2));
        $prefix = $start > 0 ? '...' : '';

        return $this->mark($prefix . Text::truncate(substr($text, $start), $length), $word);
    }

    public function suggestion(string $word, string ...$known): ?string
    {
        foreach ($known as $candidate) {
            if (Text::soundsLike($word, $candidate)) {
                return $candidate;
            }
        }

        return null;
    }
}
