<?php

declare(strict_types=1);

namespace Shop\Tests;

use PHPUnit\Framework\TestCase;
use Shop\Routing\Route;
use Shop\Routing\RouteNotFound;
use Shop\Routing\Router;
use function Shop\Routing\get;
use function Shop\Routing\normalize;
use function Shop\Routing\post;

final class RoutingTest extends TestCase
{
    private Router $router;

    protected function setUp(): void
    {
        require_once __DIR__ . '/../src/Routing/routes.php';

        $this->router = (new Router())
            ->add('home', get('/'))
            ->add('product', get('/p/{slug}'))
            ->add('review', get('/p/{slug}/reviews/{id}'))
            ->add('buy', post('/cart/{sku}'));
    }

    /** @dataProvider requests */
    public function testFindsTheRoute(string $method, string $path, string $name, array $parameters): void
    {
        self::assertSame([$name, $parameters], $this->router->match($method, $path));
    }

    public function requests(): array
    {
        return [
            'home' => ['GET', '/', 'home', []],
            'product' => ['GET', '/p/blue-mug', 'product', ['slug' => 'blue-mug']],
            'trailing slash' => ['GET', '/p/blue-mug/', 'product', ['slug' => 'blue-mug']],
            'double slash' => ['GET', '//p//blue-mug', 'product', ['slug' => 'blue-mug']],
            'two parameters' => ['GET', '/p/mug/reviews/7', 'review', ['slug' => 'mug', 'id' => '7']],
            'post' => ['POST', '/cart/MU-100', 'buy', ['sku' => 'MU-100']],
        ];
    }

    /** @dataProvider strayRequests */
    public function testRejectsWhatNobodyHandles(string $method, string $path): void
    {
        $this->expectException(RouteNotFound::class);

        $this->router->match($method, $path);
    }

    public function strayRequests(): array
    {
        return [
            'unknown path' => ['GET', '/nowhere'],
            'wrong method' => ['POST', '/p/blue-mug'],
            'too deep' => ['GET', '/p/blue/mug'],
        ];
    }

    public function testBuildsLinks(): void
    {
        self::assertSame('/p/blue-mug', $this->router->url('product', slug: 'blue-mug'));
        self::assertSame('/cart/A%26B', $this->router->url('buy', sku: 'A&B'));
    }

    public function testLinksNeedAKnownName(): void
    {
        $this->expectException(RouteNotFound::class);
        $this->expectExceptionMessage('checkout');

        $this->router->url('checkout');
    }

    public function testNormalizesPaths(): void
    {
        self::assertSame('/', normalize(''));
        self::assertSame('/a/b', normalize('a//b///'));
    }

    public function testKnowsWhichRoutesAreSafe(): void
    {
        self::assertTrue((new Route('GET', '/'))->isSafe());
        self::assertFalse(post('/cart')->isSafe());
    }
}
