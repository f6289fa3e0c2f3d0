<?php

// Makes up a report as coverage.py writes Cobertura: a class for each file, a
// line each on a line of its own, some with branches.
//
//     php make-cobertura.php FILES OUT.xml
//
// Beside it, it writes what the report adds up to, for the shell: OUT.facts.

declare(strict_types=1);

// A full disk is a warning to PHP; here it is the end.
set_error_handler(static fn (int $level, string $text) => throw new ErrorException($text));

[, $files, $path] = $argv;
$files = (int) $files;

// The totals stand at the head, so the files are made up twice.
$totals = ['lines' => 0, 'covered' => 0, 'branches' => 0, 'covered_branches' => 0];
$write = static function (string $text): void {};
foreach ([false, true] as $second) {
    if ($second) {
        $out = fopen($path, 'wb');
        $write = static function (string $text) use ($out): void { fwrite($out, $text); };
        $write(sprintf("<?xml version=\"1.0\" ?>\n<coverage version=\"7.6.1\" timestamp=\"1795380635660\" lines-valid=\"%d\" "
            . "lines-covered=\"%d\" line-rate=\"%.4f\" branches-covered=\"%d\" branches-valid=\"%d\" branch-rate=\"%.4f\" complexity=\"0\">\n"
            . "\t<sources>\n\t\t<source>/srv/app</source>\n\t</sources>\n\t<packages>\n", $totals['lines'], $totals['covered'],
            $totals['covered'] / $totals['lines'], $totals['covered_branches'], $totals['branches'],
            $totals['covered_branches'] / $totals['branches']));
    }
    for ($f = 0; $f < $files;) {
        $package = sprintf('module%03d', intdiv($f, 40));
        $write("\t\t<package name=\"$package\" line-rate=\"0.5\" branch-rate=\"0.5\" complexity=\"0\">\n\t\t\t<classes>\n");
        for ($last = min($files, $f + 40); $f < $last; $f++) {
            mt_srand($f * 7919 + 1);
            $name = sprintf('service%05d.py', $f);
            $write("\t\t\t\t<class name=\"$name\" filename=\"$package/$name\" complexity=\"0\" line-rate=\"0.5\" branch-rate=\"0.5\">\n"
                . "\t\t\t\t\t<methods/>\n\t\t\t\t\t<lines>\n");
            $line = mt_rand(1, 9);
            for ($n = mt_rand(20, 80); $n > 0; $n--) {
                $hit = (int) (mt_rand(0, 3) > 0);
                $run = $hit * mt_rand(1, 2);
                $branch = '';
                if (mt_rand(0, 5) === 0) {
                    $branch = sprintf(' branch="true" condition-coverage="%d%% (%d/2)"', $run * 50, $run);
                    $totals['branches'] += $second ? 0 : 2;
                    $totals['covered_branches'] += $second ? 0 : $run;
                }
                $totals['lines'] += $second ? 0 : 1;
                $totals['covered'] += $second ? 0 : $hit;
                $write("\t\t\t\t\t\t<line number=\"$line\" hits=\"$hit\"$branch/>\n");
                $line += mt_rand(1, 3);
            }
            $write("\t\t\t\t\t</lines>\n\t\t\t\t</class>\n");
        }
        $write("\t\t\t</classes>\n\t\t</package>\n");
    }
}
$write("\t</packages>\n</coverage>\n");
fclose($out);
file_put_contents("$path.facts", sprintf("files=%d lines=%d covered=%d branches=%d covered_branches=%d\n", $files,
    $totals['lines'], $totals['covered'], $totals['branches'], $totals['covered_branches']));
