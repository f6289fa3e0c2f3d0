<?php

declare(strict_types=1);

namespace Shop\Notification;

use Closure;
use Shop\Support\Clock;

final class Outbox
{
    /** @var list<array{mail: Mail, tries: int}> */
    private array $waiting = [];

    private array $failed = [];

    /** @param Closure(Mail): bool $send */
    public function __construct(
        private readonly Closure $send,
        private readonly Clock $clock,
        private readonly int $maxTries = 3,
    ) {}

    public function add(Mail $mail): void
    {
        $this->waiting[] = ['mail' => $mail, 'tries' => 0];
    }

    public function waiting(): int { return count($this->waiting); }

    public function flush(): int
    {
        $sent = 0;
        $again = [];

        foreach ($this->waiting as ['mail' => $mail, 'tries' => $tries]) {
            if (($this->send)($mail)) {
                $sent++;
                continue;
            }

            if (++$tries < $this->maxTries) {
                $again[] = ['mail' => $mail, 'tries' => $tries];
                continue;
            }

            $this->failed[] = sprintf(
                '%s %s: %s',
                $this->clock->today(),
                $mail->to->masked(),
                $mail->subject,
            );
        }

        $this->waiting = $again;

        return $sent;
    }

    public function failures(): array { return $this->failed; }
}
