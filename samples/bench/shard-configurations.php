<?php
// Writes a phpunit.xml for each shard of a plan, and one that runs no test and
// so reports all files, beside the project's own: .equality-N.xml. Reports of the
// shards have only the files that were loaded.
//
//     php shard-configurations.php PHPUNIT.XML PLAN.JSON EMPTY-FOLDER

declare(strict_types=1);

[, $original, $plan, $empty] = $argv;
$shards = json_decode(file_get_contents($plan), flags: JSON_THROW_ON_ERROR)->shards;
$suites = ['<directory>' . $empty . '</directory>'];
foreach ($shards as $shard) {
    $suites[] = implode('', array_map(static fn (string $file) => '<file>' . htmlspecialchars($file, ENT_XML1) . '</file>', $shard->files));
}
foreach ($suites as $number => $tests) {
    $xml = new DOMDocument;
    $xml->load($original);
    $suite = $xml->createDocumentFragment();
    $suite->appendXML("<testsuites><testsuite name=\"$number\">$tests</testsuite></testsuites>");
    $root = $xml->documentElement;
    $root->replaceChild($suite, $root->getElementsByTagName('testsuites')[0]);
    if ($number > 0) {
        $root->getElementsByTagName('coverage')[0]->setAttribute('includeUncoveredFiles', 'false');
    }
    $xml->save(dirname($original) . "/.equality-$number.xml");
}
