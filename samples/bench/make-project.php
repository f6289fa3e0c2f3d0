<?php
// Makes up a PHPUnit project of many files of which each test loads few:
//
//     php make-project.php DIR FILES TEST_DIRECTORIES

declare(strict_types=1);

[, $dir, $files, $directories] = $argv;
$files = (int) $files;
$directories = (int) $directories;

function write(string $path, string $text): void
{
    if (!is_dir(dirname($path))) {
        mkdir(dirname($path), 0777, true);
    }
    file_put_contents($path, $text);
}

for ($i = 0; $i < $files; $i++) {
    $methods = '';
    for ($m = 0; $m < 8; $m++) {
        $methods .= <<<PHP

            /** Gives the price of \$n pieces by tariff $m. */
            public function tariff$m(int \$n, bool \$gift = false): int
            {
                if (\$gift) {
                    return 0;
                }
                \$price = match (true) {
                    \$n > 100 => \$n * 7,
                    \$n > 10 => \$n * 8,
                    default => \$n * 9,
                };
                foreach ([\$i = $i, $m] as \$part) {
                    \$price += \$part % 3;
                }

                return \$price;
            }

        PHP;
    }
    write(sprintf('%s/src/P%02d/C%04d.php', $dir, $i % 40, $i),
        sprintf("<?php\n\nnamespace Made\\P%02d;\n\nfinal class C%04d\n{%s}\n", $i % 40, $i, $methods));
}

for ($d = 0; $d < $directories; $d++) {
    for ($t = 0; $t < 5; $t++) {
        $tests = '';
        for ($c = 0; $c < 4; $c++) {
            $class = ($d * 131 + $t * 17 + $c * 7) % $files;
            $name = sprintf('\\Made\\P%02d\\C%04d', $class % 40, $class);
            $method = ($c + $t) % 8;
            $tests .= "    public function test$c(): void\n    {\n        for (\$n = 0; \$n < 200; \$n++) {\n"
                . "            \$this->assertGreaterThanOrEqual(0, (new $name)->tariff$method(\$n));\n        }\n    }\n\n";
        }
        write(sprintf('%s/tests/D%02d/T%dTest.php', $dir, $d, $t),
            sprintf("<?php\n\nnamespace Made\\Tests\\D%02d;\n\nfinal class T%dTest extends \\PHPUnit\\Framework\\TestCase\n{\n%s}\n", $d, $t, $tests));
    }
}

write("$dir/autoload.php", <<<'PHP'
    <?php
    spl_autoload_register(function (string $class): void {
        if (str_starts_with($class, 'Made\\') && is_file($file = __DIR__ . '/src/' . strtr(substr($class, 5), '\\', '/') . '.php')) {
            require $file;
        }
    });
    PHP . "\n");
write("$dir/phpunit.xml", <<<'XML'
    <?xml version="1.0" encoding="UTF-8"?>
    <phpunit bootstrap="autoload.php" cacheResult="false">
      <testsuites><testsuite name="made"><directory>tests</directory></testsuite></testsuites>
      <coverage><include><directory suffix=".php">src</directory></include></coverage>
    </phpunit>
    XML . "\n");
