<?php

declare(strict_types=1);

namespace Shop\Admin;

abstract class AuditTrail
{
    public const KEEP_DAYS = 90;

    abstract protected function write(
        string $user,
        string $action,
    ): void;

    public function log(string $user, string $action): bool
    {
        if ($action === '') {
            return false;
        }

        $this->write($user, $action);

        return true;

        $this->write($user, 'done');
    }

    public function flush(): void
    {
        throw new \BadMethodCallException('Not possible here');

        while (ob_get_level() > 0) {
            ob_end_flush();
        }
    }
}
