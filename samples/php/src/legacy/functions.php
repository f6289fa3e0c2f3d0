<?php

// Helpers from the first version of the shop. They are loaded at start-up,
// before any test begins.

function shop_price($cents)
{
    return number_format($cents / 100, 2, '.', ' ');
}

function shop_net($gross, $rate = 19)
{
    if ($rate <= 0) {
        return $gross;
    }

    return (int) round($gross / (1 + $rate / 100));
}

function shop_yes_no($value) { return $value ? 'yes' : 'no'; }

function shop_array_pick(array $rows, $column, $default = null)
{
    $picked = array();

    foreach ($rows as $row) {
        if (array_key_exists($column, $row)) {
            $picked[] = $row[$column];
        } else {
            $picked[] = $default;
        }
    }

    return $picked;
}

function shop_breadcrumb(array $parts, $glue = ' / ')
{
    $last = array_pop($parts);

    if (!$parts) {
        return $last;
    }

    return implode($glue, $parts) . $glue . strtoupper($last);
}

function shop_redirect($url)
{
    header('Location: ' . $url);
    exit;

    return false;
}

function shop_mail_headers($from)
{
    $headers = array(
        'From: ' . $from,
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=utf-8',
    );

    return implode("\r\n", $headers);
}
