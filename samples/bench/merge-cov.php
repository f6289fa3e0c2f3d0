<?php
// Merges .cov files with php-code-coverage itself and writes a Clover report:
//
//     php merge-cov.php OUT.xml SHARD.cov…

declare(strict_types=1);

use SebastianBergmann\CodeCoverage\Report\Clover;

require 'SebastianBergmann/CodeCoverage/autoload.php';

$out = $argv[1];
$all = null;
foreach (array_slice($argv, 2) as $file) {
    $part = require $file;
    if ($all === null) {
        $all = $part;
    } else {
        $all->merge($part);
    }
}
(new Clover)->process($all, $out);
