<?php

declare(strict_types=1);

namespace Shop\Routing;

use RuntimeException;
use Shop\Support\Text;

final class RouteNotFound extends RuntimeException
{
    public function status(): int { return 404; }
}

final readonly class Route
{
    public function __construct(
        private string $method,
        private string $pattern,
    ) {
    }

    /** @return array<string, string>|null */
    public function match(string $method, string $path): ?array
    {
        if ($method !== $this->method) {
            return null;
        }

        $regex = preg_replace('/\{(\w+)\}/', '(?<$1>[^/]+)', $this->pattern);

        if (!preg_match("#^{$regex}$#", $path, $match)) {
            return null;
        }

        return array_filter($match, is_string(...), ARRAY_FILTER_USE_KEY);
    }

    public function url(array $parameters): string
    {
        return preg_replace_callback(
            '/\{(\w+)\}/',
            static fn (array $match): string => rawurlencode($parameters[$match[1]] ?? ''),
            $this->pattern,
        );
    }

    public function isSafe(): bool { return $this->method === 'GET'; }
}

function normalize(string $path): string
{
    $path = '/' . trim($path, '/');

    return preg_replace('#/{2,}#', '/', $path);
}

function get(string $pattern): Route { return new Route('GET', $pattern); }

function post(string $pattern): Route { return new Route('POST', $pattern); }

function redirect_title(string $title): string
{
    if (Text::isBlank($title)) {
        return '/';
    }

    return normalize('/p/' . Text::slug($title));
}
