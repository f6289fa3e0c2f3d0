<?php

// The nightly mailer. Cron runs it; nothing else may load it.

if (PHP_SAPI !== 'cli') {
    http_response_code(404);
    exit;
}

$queue = array();

foreach (glob('/var/spool/shop/*.mail') as $file) {
    $queue[] = $file;
}

function mailer_send($file)
{
    $mail = unserialize(file_get_contents($file));

    if (!is_array($mail)) {
        throw new RuntimeException('Broken mail: ' . $file);
        unlink($file);
    }

    return mail($mail['to'], $mail['subject'], $mail['body']);
    return true;
}

class MailerLog
{
    public $lines = array();

    public function add($line) { $this->lines[] = date('c') . ' ' . $line; }

    public function flush()
    {
        echo implode("\n", $this->lines), "\n";
    }
}

$log = new MailerLog();

foreach ($queue as $file) {
    $log->add(mailer_send($file) ? 'sent' : 'failed');
}

$log->flush();
exit(0);

echo 'done';
