<?php

// Makes up Clover reports of the shape that php-code-coverage 9 writes.
//
//     php make-clover.php FILES OUT.xml                one report of a whole suite
//     php make-clover.php FILES OUT-FOLDER SHARDS      one report a shard of it
//
// Beside them it writes what they add up to, for the shell: OUT.facts. The same
// arguments always give the same bytes.

declare(strict_types=1);

// A full disk is a warning to PHP; here it is the end.
set_error_handler(static fn (int $level, string $text) => throw new ErrorException($text));

const CLASS_METRICS = '<metrics complexity="%d" methods="%d" coveredmethods="%d" conditionals="0" coveredconditionals="0" statements="%d" coveredstatements="%d" elements="%d" coveredelements="%d"/>';
const FILE_METRICS = '<metrics %sloc="%d" ncloc="%d" classes="%d" methods="%d" coveredmethods="%d" conditionals="0" coveredconditionals="0" statements="%d" coveredstatements="%d" elements="%d" coveredelements="%d"/>';

/** One source file: a class of methods with the lines of their statements. Some end in a one-line getter, whose statement Clover does not list. */
function source(int $number): array
{
    mt_srand($number * 7919 + 1);
    $line = mt_rand(12, 40);
    $methods = [];
    for ($m = mt_rand(5, 12); $m > 0; $m--) {
        $start = $line;
        $line += 2;
        $statements = [];
        for ($s = mt_rand(3, 13); $s > 0; $s--) {
            $statements[] = $line;
            $line += mt_rand(1, 5) === 5 ? 2 : 1;
        }
        $line += mt_rand(2, 9);
        $methods[] = ['line' => $start, 'name' => ['handle', 'find', 'calculateTotal', 'with', 'assertValid'][$m % 5] . $m,
            'visibility' => $m % 4 ? 'public' : 'private', 'complexity' => mt_rand(1, 6), 'statements' => $statements, 'hidden' => 0];
    }
    if ($number % 3 === 0) {
        $methods[] = ['line' => $line, 'name' => 'id', 'visibility' => 'public', 'complexity' => 1, 'statements' => [], 'hidden' => 1];
        $line += 2;
    }
    return ['path' => sprintf('/srv/app/src/Module%03d/Component%02d/Service%05d.php', $number % 150, $number % 31, $number),
        'class' => sprintf('App\Module%03d\Component%02d\Service%05d', $number % 150, $number % 31, $number),
        'loc' => $line, 'ncloc' => $line - mt_rand(0, 10), 'methods' => $methods];
}

/** Hits of every line of one process that loads the file: by method, then by line, the hidden one under 0. */
function hits(array $source, int $seed): array
{
    mt_srand($seed);
    $all = [];
    foreach ($source['methods'] as $m => $method) {
        $lines = $method['hidden'] ? [0] : $method['statements'];
        $fate = $m === 0 ? 0 : mt_rand(0, 9); // a process that loads a file runs something of it
        $count = mt_rand(1, 60);
        $end = $fate < 6 ? count($lines) : ($fate < 8 ? intdiv(count($lines) + 1, 2) : 0);
        foreach ($lines as $i => $line) {
            $all[$m][$line] = $i < $end ? $count : 0;
        }
    }
    return $all;
}

/** No process loaded the file, so that code which nothing can reach is listed, too. */
function listed(array &$source, int $number): array
{
    if ($number % 7 === 0) {
        $statements = &$source['methods'][0]['statements'];
        $statements[] = end($statements) + 1;
    }
    return array_map(static fn (array $method): array => array_fill_keys($method['hidden'] ? [0] : $method['statements'], 0), $source['methods']);
}

/** The numbers of one file: statements, covered ones, methods, covered ones. */
function totals(array $hits): array
{
    $sum = [0, 0, count($hits), 0];
    foreach ($hits as $lines) {
        $covered = count(array_filter($lines));
        $sum[0] += count($lines);
        $sum[1] += $covered;
        $sum[3] += $covered === count($lines) ? 1 : 0;
    }
    return $sum;
}

function fileElement(array $source, array $hits): string
{
    [$statements, $covered, $methods, $coveredMethods] = totals($hits);
    $complexity = array_sum(array_column($source['methods'], 'complexity'));
    $body = "    <file name=\"{$source['path']}\">\n      <class name=\"{$source['class']}\" namespace=\"global\">\n        "
        . sprintf(CLASS_METRICS, $complexity, $methods, $coveredMethods, $statements, $covered, $statements + $methods, $covered + $coveredMethods)
        . "\n      </class>\n";
    foreach ($source['methods'] as $m => $method) {
        $count = max($hits[$m]);
        $rate = count(array_filter($hits[$m])) / count($hits[$m]);
        $c = $method['complexity'];
        $crap = $rate == 0 ? (string) ($c * $c + $c) : ($rate >= 0.95 ? (string) $c : sprintf('%01.2F', $c * $c * (1 - $rate) ** 3 + $c));
        $body .= "      <line num=\"{$method['line']}\" type=\"method\" name=\"{$method['name']}\" visibility=\"{$method['visibility']}\" complexity=\"$c\" crap=\"$crap\" count=\"$count\"/>\n";
        foreach ($hits[$m] as $line => $count) {
            $body .= $line ? "      <line num=\"$line\" type=\"stmt\" count=\"$count\"/>\n" : '';
        }
    }
    return $body . '      ' . sprintf(FILE_METRICS, '', $source['loc'], $source['ncloc'], 1, $methods, $coveredMethods, $statements, $covered, $statements + $methods, $covered + $coveredMethods) . "\n    </file>\n";
}

/** A report that is being written, with its sums. */
final class Report
{
    /** @var resource */
    private $out;
    private array $sum = [0, 0, 0, 0];
    private array $size = [0, 0, 0];

    public function __construct(string $path)
    {
        $this->out = fopen($path, 'wb');
        fwrite($this->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<coverage generated=\"1795383840\">\n  <project timestamp=\"1795383840\">\n");
    }

    public function add(array $source, array $totals, string $element): void
    {
        foreach ($totals as $i => $n) {
            $this->sum[$i] += $n;
        }
        $this->size = [$this->size[0] + 1, $this->size[1] + $source['loc'], $this->size[2] + $source['ncloc']];
        fwrite($this->out, $element);
    }

    public function close(): array
    {
        [$files, $loc, $ncloc] = $this->size;
        [$statements, $covered, $methods, $coveredMethods] = $this->sum;
        fwrite($this->out, '    ' . sprintf(FILE_METRICS, "files=\"$files\" ", $loc, $ncloc, $files, $methods, $coveredMethods, $statements, $covered, $statements + $methods, $covered + $coveredMethods) . "\n  </project>\n</coverage>\n");
        fclose($this->out);
        return $this->sum;
    }
}

function facts(string $prefix, int $files, array $sum): string
{
    return vsprintf("{$prefix}files=$files {$prefix}lines=%d {$prefix}covered=%d {$prefix}methods=%d {$prefix}covered_methods=%d\n", $sum);
}

[, $files, $out] = $argv;
$files = (int) $files;
$shards = (int) ($argv[3] ?? 0);

if ($shards === 0) {
    $report = new Report($out);
    for ($f = 0; $f < $files; $f++) {
        $source = source($f);
        $hits = $f % 9 === 8 ? listed($source, $f) : hits($source, $f * 31 + 7);
        $report->add($source, totals($hits), fileElement($source, $hits));
    }
    file_put_contents("$out.facts", facts('', $files, $report->close()));
    exit;
}

// The first ten shards load each file once between them, and up to three others
// load it again, so that a merge of ten and one of fifty hold the same files.
$reports = [];
for ($s = 0; $s < $shards; $s++) {
    $reports[$s] = new Report(sprintf('%s/shard%02d.clover.xml', $out, $s));
}
$merged = [1 => [0, 0, 0, 0], 10 => [0, 0, 0, 0], $shards => [0, 0, 0, 0]];
for ($f = 0; $f < $files; $f++) {
    mt_srand($f * 17 + 3);
    $loads = [$f % 10 => true];
    for ($more = mt_rand(0, 3); $more > 0; $more--) {
        $loads[mt_rand(10, $shards - 1)] = true;
    }
    ksort($loads);
    $source = $idle = source($f);
    $none = listed($idle, $f);
    $noneTotals = totals($none);
    $noneElement = fileElement($idle, $none);
    $union = array_fill_keys(array_keys($merged), null);
    foreach ($reports as $s => $report) {
        if (!isset($loads[$s])) {
            $report->add($source, $noneTotals, $noneElement);
            continue;
        }
        $hits = hits($source, $f * 101 + $s);
        $report->add($source, totals($hits), fileElement($source, $hits));
        foreach ($union as $first => $all) {
            if ($s < $first) {
                $union[$first] = $all === null ? $hits : array_map(
                    static fn (array $a, array $b): array => array_map(static fn (int $x, int $y): int => $x + $y, $a, $b),
                    $all,
                    $hits,
                );
            }
        }
    }
    foreach ($union as $first => $all) {
        foreach ($all === null ? $noneTotals : totals($all) as $i => $n) {
            $merged[$first][$i] += $n;
        }
    }
}
$text = '';
foreach ($reports as $s => $report) {
    $text .= facts("shard{$s}_", $files, $report->close());
}
foreach ($merged as $first => $sum) {
    $text .= facts("merged{$first}_", $files, $sum);
}
file_put_contents("$out.facts", $text);
