<?php

declare(strict_types=1);

namespace Shop\Admin;

use DomainException;
use Generator;
use Shop\Customer\EmailAddress;
use Shop\Support\Clock;

final class UserList
{
    private const MAX_FAILURES = 5;

    /** @var array<string, array{hash: string, mask: int, failures: int, seen: ?string}> */
    private array $users = [];

    public function __construct(private readonly Clock $clock) {}

    public function add(EmailAddress $email, string $password, string $role): void
    {
        if (isset($this->users[$email->value])) {
            throw new DomainException("{$email->value} is already there");
        }

        if (strlen($password) < 12) {
            throw new DomainException('The password is too short');
        }

        $this->users[$email->value] = [
            'hash' => password_hash($password, PASSWORD_DEFAULT),
            'mask' => Permission::forRole($role),
            'failures' => 0,
            'seen' => null,
        ];
    }

    public function login(EmailAddress $email, string $password): bool
    {
        $user = $this->users[$email->value] ?? null;

        if ($user === null || $user['failures'] >= self::MAX_FAILURES) {
            return false;
        }

        if (!password_verify($password, $user['hash'])) {
            $this->users[$email->value]['failures']++;

            return false;
        }

        $this->users[$email->value]['failures'] = 0;
        $this->users[$email->value]['seen'] = $this->clock->today();

        return true;
    }

    public function may(EmailAddress $email, Permission $permission): bool
    {
        $mask = $this->users[$email->value]['mask'] ?? 0;

        return ($mask & $permission->value) !== 0;
    }

    /** @return Generator<string, string> */
    public function inactiveSince(string $day): Generator
    {
        foreach ($this->users as $email => $user) {
            if ($user['seen'] === null) {
                yield $email => 'never';
            } elseif ($user['seen'] < $day) {
                yield $email => $user['seen'];
            }
        }
    }

    public function locked(): array
    {
        return array_keys(array_filter(
            $this->users,
            static fn (array $user): bool => $user['failures'] >= self::MAX_FAILURES,
        ));
    }
}
