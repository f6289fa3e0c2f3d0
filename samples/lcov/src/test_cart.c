#include <assert.h>
#include "cart.h"

int main(void)
{
	struct item items[] = {{"mug", 1200, 2}, {"print", 3000, 1}};
	assert(cart_total(items, 2, 0) == 5400);
	assert(cart_total(items, 2, 10) == 4860);
	assert(item_total(&items[0]) == 2400);
	return 0;
}
