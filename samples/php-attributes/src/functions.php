<?php

declare(strict_types=1);

namespace Ledger;

if (!function_exists('Ledger\\slug')) {
    function slug(string $text): string
    {
        return trim(strtolower((string) preg_replace('/[^A-Za-z0-9]+/', '-', $text)), '-');
    }
}

const WIDTH = 20;

function shorten(string $text, int $width = WIDTH): string
{
    if (strlen($text) <= $width) {
        return $text;
    }

    return substr($text, 0, $width - 1) . '~';
}
