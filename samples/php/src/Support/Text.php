<?php

declare(strict_types=1);

namespace Shop\Support;

/**
 * Small string helpers. Nearly every part of the shop needs one of them and
 * no part needs all.
 */
final class Text
{
    private function __construct()
    {
    }

    public static function slug(string $text): string
    {
        $folded = self::fold($text);
        $dashed = preg_replace('/[^a-z0-9]+/', '-', $folded);

        return trim($dashed, '-');
    }

    public static function fold(string $text): string
    {
        return strtr(strtolower($text), [
            'ä' => 'ae',
            'ö' => 'oe',
            'ü' => 'ue',
            'Ä' => 'ae',
            'Ö' => 'oe',
            'Ü' => 'ue',
            'ß' => 'ss',
            'é' => 'e',
            'è' => 'e',
            'ñ' => 'n',
        ]);
    }

    public static function initials(string $name): string
    {
        $letters = [];

        foreach (preg_split('/\s+/', trim($name)) as $word) {
            if ($word === '') {
                continue;
            }

            $letters[] = strtoupper($word[0]);
        }

        return implode('', $letters);
    }

    public static function truncate(string $text, int $length, string $more = '...'): string
    {
        if (strlen($text) <= $length) {
            return $text;
        }

        $cut = substr($text, 0, $length - strlen($more));
        $space = strrpos($cut, ' ');

        if ($space !== false) {
            $cut = substr($cut, 0, $space);
        }

        return rtrim($cut, ' ,;.') . $more;
    }

    public static function mask(string $text, int $visible = 4): string
    {
        $hidden = max(0, strlen($text) - $visible);

        return str_repeat('*', $hidden) . substr($text, $hidden);
    }

    public static function plural(int $count, string $one, ?string $many = null): string
    {
        if ($count === 1) {
            return "1 {$one}";
        }

        $many ??= match (true) {
            str_ends_with($one, 'y') => substr($one, 0, -1) . 'ies',
            str_ends_with($one, 's'),
            str_ends_with($one, 'x') => $one . 'es',
            default => $one . 's',
        };

        return "{$count} {$many}";
    }

    public static function camel(string $text): string { return lcfirst(str_replace(' ', '', ucwords(strtr($text, '-_', '  ')))); }

    public static function isBlank(string $text): bool { return trim($text) === ''; }

    public static function soundsLike(string $left, string $right): bool
    {
        if (soundex($left) === soundex($right)) {
            return true;
        }

        return levenshtein(
            self::fold($left),
            self::fold($right),
        ) <= 2;
    }
}
