<?php

/** @var string $country set by whoever includes this file */

$common = array(
    'cart' => 'Cart',
    'date' => 'Y-m-d',
    'thanks' => 'Thank you',
);

if ($country === 'DE' || $country === 'AT') {
    $own = array(
        'cart' => 'Warenkorb',
        'date' => 'd.m.Y',
        'thanks' => 'Danke',
    );
} elseif ($country === 'FR') {
    $own = array(
        'cart' => 'Panier',
        'date' => 'd/m/Y',
        'thanks' => 'Merci',
    );
} elseif ($country === 'GB') {
    $own = array('cart' => 'Basket', 'date' => 'd/m/Y');
} else {
    $own = array();
}

if ($country === 'AT') {
    $own['thanks'] = 'Vielen Dank';
}

return array_merge($common, $own);
