<?php
// Has the driver measure a file, and prints which lines ran: probe.php DRIVER FILE
[, $driver, $file] = $argv;
$lines = [];
if ($driver === 'pcov') {
    \pcov\clear();
    \pcov\start();
    require $file;
    \pcov\stop();
    $lines = \pcov\collect(\pcov\inclusive, [$file])[$file] ?? [];
} else {
    xdebug_start_code_coverage(XDEBUG_CC_UNUSED | XDEBUG_CC_DEAD_CODE);
    require $file;
    $lines = xdebug_get_code_coverage()[$file] ?? [];
    xdebug_stop_code_coverage();
}
echo json_encode([
    'Ran' => array_keys(array_filter($lines, static fn (int $n): bool => $n > 0)),
    'NotRan' => array_keys(array_filter($lines, static fn (int $n): bool => $n === -1)),
    'MemoryLimit' => ini_get('memory_limit'),
]);
