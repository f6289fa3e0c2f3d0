<?php

declare(strict_types=1);

namespace Shop\Routing;

final class Router
{
    /** @var array<string, Route> */
    private array $routes = [];

    public function add(string $name, Route $route): self
    {
        $this->routes[$name] = $route;

        return $this;
    }

    /** @return array{string, array<string, string>} */
    public function match(string $method, string $path): array
    {
        foreach ($this->routes as $name => $route) {
            $parameters = $route->match($method, normalize($path));

            if ($parameters !== null) {
                return [$name, $parameters];
            }
        }

        throw new RouteNotFound("{$method} {$path}");
    }

    public function url(string $name, string ...$parameters): string
    {
        return isset($this->routes[$name])
            ? $this->routes[$name]->url($parameters)
            : throw new RouteNotFound($name);
    }
}
