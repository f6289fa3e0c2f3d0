<?php
// Makes up what the tests of a large suite took, always the same, as
// covpipe shard collect --times-to writes it:
//
//   php make-times.php FILES DIRECTORIES SECONDS >times.json
//
// Files take from a fraction of a second to some minutes, most of them little.
// One directory has about an eighth of all time, and one file 200 s.

declare(strict_types=1);

[, $files, $directories, $seconds] = array_map('intval', $argv) + [0, 6000, 150, 14400];

$state = 20261128;
$random = function () use (&$state): float { // from 0 to 1
    $state = ($state * 1103515245 + 12345) % 2147483648;
    return $state / 2147483648;
};

$times = [];
for ($i = 0; $i < $files; $i++) {
    $directory = $random() < 0.125 ? 0 : 1 + (int) ($random() * ($directories - 1));
    $weight = exp(2.2 * ($random() + $random() + $random() - 1.5)); // most are near 1, few are 20
    $times[sprintf('tests/D%03d/T%05dTest.php', $directory, $i)] = $weight;
}
$scale = ($seconds - 200) / array_sum($times);
ksort($times);
$history = ['files' => [], 'per_shard' => 0.8, 'baseline' => 25];
foreach ($times as $file => $weight) {
    $history['files'][$file] = ['seconds' => round($weight * $scale, 3), 'tests' => 1 + (int) ($weight * 3)];
}
$history['files']['tests/D001/EndToEndTest.php'] = ['seconds' => 200, 'tests' => 12];
echo json_encode($history, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES), "\n";
