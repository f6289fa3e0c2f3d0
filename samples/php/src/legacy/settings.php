<?php

// Only the old admin pages read these constants.

$environment = getenv('SHOP_ENVIRONMENT') ?: 'test';

define('SHOP_ENVIRONMENT', $environment);

if ($environment === 'live') {
    define('SHOP_HOST', 'shop.example');
    define('SHOP_DEBUG', false);
} elseif ($environment === 'stage') {
    define('SHOP_HOST', 'stage.shop.example');
    define('SHOP_DEBUG', true);
} else {
    define('SHOP_HOST', 'localhost');
    define('SHOP_DEBUG', true);
}

defined('SHOP_TIMEOUT') || define('SHOP_TIMEOUT', SHOP_DEBUG ? 300 : 30);

$limits = array(
    'upload' => 2 * 1024 * 1024,
    'rows' => 500,
);

foreach ($limits as $name => $limit) {
    define('SHOP_MAX_' . strtoupper($name), $limit);
}

unset($environment, $limits, $limit, $name);

return true;
