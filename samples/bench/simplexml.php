<?php

// Reads a Clover report as a short PHP script does: all of it into SimpleXML,
// then the totals of each file. Prints "files covered lines".

declare(strict_types=1);

$report = simplexml_load_file($argv[1], SimpleXMLElement::class, LIBXML_PARSEHUGE);
if ($report === false) {
    exit(1);
}
$files = $covered = $lines = 0;
foreach ($report->project->file as $file) {
    $files++;
    $lines += (int) $file->metrics['statements'];
    $covered += (int) $file->metrics['coveredstatements'];
}
echo "$files $covered $lines\n";
