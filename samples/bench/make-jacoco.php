<?php

// Makes up a report as JaCoCo 0.8 writes it, all on one line.
//
//     php make-jacoco.php FILES OUT.xml
//
// Beside it, it writes what the report adds up to, for the shell: OUT.facts.
// Every file has one class of its own name, since grcov refuses others; and
// grcov does not count lines with branches, so its sums are stated as well.

declare(strict_types=1);

// A full disk is a warning to PHP; here it is the end.
set_error_handler(static fn (int $level, string $text) => throw new ErrorException($text));

const COUNTERS = ['INSTRUCTION', 'BRANCH', 'LINE', 'COMPLEXITY', 'METHOD', 'CLASS'];

/** Counters as elements; JaCoCo leaves out those of 0 of 0. */
function counters(array $counts): string
{
    $elements = '';
    foreach (COUNTERS as $name) {
        [$missed, $covered] = $counts[$name] ?? [0, 0];
        $elements .= $missed + $covered ? "<counter type=\"$name\" missed=\"$missed\" covered=\"$covered\"/>" : '';
    }
    return $elements;
}

function plus(array $sum, array $counts): array
{
    foreach ($counts as $name => [$missed, $covered]) {
        $sum[$name] = [($sum[$name][0] ?? 0) + $missed, ($sum[$name][1] ?? 0) + $covered];
    }
    return $sum;
}

[, $files, $path] = $argv;
$files = (int) $files;
$out = fopen($path, 'wb');
fwrite($out, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">'
    . '<report name="app"><sessioninfo id="ci-1" start="1795380635660" dump="1795380635902"/>');

$report = [];
$plain = [0, 0]; // lines without branches, missed and covered
for ($f = 0; $f < $files;) {
    $package = sprintf('com/example/app/module%03d', intdiv($f, 40));
    $classes = $sources = '';
    $inPackage = [];
    for ($last = min($files, $f + 40); $f < $last; $f++) {
        mt_srand($f * 7919 + 1);
        $name = sprintf('Service%05d', $f);
        $line = mt_rand(8, 30);
        $class = [];
        $methods = $lines = '';
        for ($m = mt_rand(3, 5); $m > 0; $m--) {
            $runs = mt_rand(0, 2) > 0;
            $own = ['INSTRUCTION' => [0, 0], 'BRANCH' => [0, 0], 'LINE' => [0, 0]];
            $start = $line;
            for ($n = mt_rand(3, 11); $n > 0; $n--) {
                $instructions = mt_rand(1, 12);
                $branches = mt_rand(0, 5) === 0 ? 2 : 0;
                $hit = (int) ($runs && mt_rand(0, 7) > 0);
                $ci = $hit * $instructions;
                $cb = $hit * min($branches, mt_rand(1, 2));
                $counts = ['INSTRUCTION' => [$instructions - $ci, $ci], 'BRANCH' => [$branches - $cb, $cb], 'LINE' => [1 - $hit, $hit]];
                $own = plus($own, $counts);
                $plain[$hit] += $branches ? 0 : 1;
                $lines .= "<line nr=\"$line\" mi=\"{$counts['INSTRUCTION'][0]}\" ci=\"$ci\" mb=\"{$counts['BRANCH'][0]}\" cb=\"$cb\"/>";
                $line += mt_rand(1, 2);
            }
            $complexity = 1 + intdiv(array_sum($own['BRANCH']), 2);
            $run = (int) ($own['LINE'][1] > 0);
            $own += ['COMPLEXITY' => [$complexity * (1 - $run), $complexity * $run], 'METHOD' => [1 - $run, $run]];
            $methods .= "<method name=\"handle$m\" desc=\"(JLcom/example/app/Request;)V\" line=\"$start\">" . counters($own) . '</method>';
            $class = plus($class, $own);
            $line += 3;
        }
        $run = (int) ($class['METHOD'][1] > 0);
        $class['CLASS'] = [1 - $run, $run];
        $classes .= "<class name=\"$package/$name\" sourcefilename=\"$name.java\">$methods" . counters($class) . '</class>';
        $sources .= "<sourcefile name=\"$name.java\">$lines" . counters($class) . '</sourcefile>';
        $inPackage = plus($inPackage, $class);
    }
    fwrite($out, "<package name=\"$package\">$classes$sources" . counters($inPackage) . '</package>');
    $report = plus($report, $inPackage);
}
fwrite($out, counters($report) . '</report>');
fclose($out);
file_put_contents("$path.facts", sprintf("files=%d lines=%d covered=%d methods=%d covered_methods=%d grcov_lines=%d grcov_covered=%d\n", $files,
    array_sum($report['LINE']), $report['LINE'][1], array_sum($report['METHOD']), $report['METHOD'][1], array_sum($plain), $plain[1]));
