#include "cart.h"

long cart_total(const struct item *items, int count, int percent_off)
{
	long total = 0;
	for (int i = 0; i < count; i++)
		total += item_total(&items[i]);
	if (percent_off > 0 && percent_off <= 100)
		total -= total * percent_off / 100;
	return total;
}

int cart_empty(const struct item *items, int count)
{
	for (int i = 0; i < count; i++)
		if (items[i].count > 0)
			return 0;
	return 1;
}
