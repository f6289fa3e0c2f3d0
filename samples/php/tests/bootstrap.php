<?php

declare(strict_types=1);

require __DIR__ . '/../autoload.php';
require __DIR__ . '/../src/legacy/functions.php';
require __DIR__ . '/Fixtures/Goods.php';
require __DIR__ . '/Fixtures/RecordingTerminal.php';
