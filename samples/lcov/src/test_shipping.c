#include <assert.h>
#include "cart.h"

int main(void)
{
	struct item mug = {"mug", 1200, 2};
	assert(shipping(item_total(&mug), 0) == 499);
	assert(shipping(9900, 0) == 0);
	return 0;
}
