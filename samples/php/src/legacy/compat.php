<?php

// May be included any number of times.

if (!function_exists('money_format_legacy')) {
    function money_format_legacy($cents, $symbol = 'EUR')
    {
        if ($cents < 0) {
            return '-' . money_format_legacy(-$cents, $symbol);
        }

        return sprintf('%s %d.%02d', $symbol, intdiv($cents, 100), $cents % 100);
    }
}

if (!function_exists('array_is_list')) {
    function array_is_list(array $array)
    {
        $expected = 0;

        foreach ($array as $key => $unused) {
            if ($key !== $expected++) {
                return false;
            }
        }

        return true;
    }
}

if (!function_exists('shop_table')) {
    function shop_table(array $rows)
    {
        if (!function_exists('shop_cell')) {
            function shop_cell($value)
            {
                if ($value === null) {
                    return '-';
                }

                return trim((string) $value);
            }
        }

        $lines = array();

        foreach ($rows as $row) {
            $lines[] = implode(' | ', array_map('shop_cell', $row));
        }

        return implode("\n", $lines);
    }
}
