<?php

declare(strict_types=1);

spl_autoload_register(static function (string $class): void {
    $file = __DIR__ . '/../src/' . strtr(substr($class, strlen('Ledger\\')), '\\', '/') . '.php';
    if (str_starts_with($class, 'Ledger\\') && is_file($file)) {
        require $file;
    }
});
require_once __DIR__ . '/../src/functions.php';
