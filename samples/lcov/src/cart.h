#ifndef CART_H
#define CART_H

/* Prices are in cents. */
struct item {
	const char *name;
	long price;
	int count;
};

static inline long item_total(const struct item *item)
{
	return item->price * item->count;
}

long cart_total(const struct item *items, int count, int percent_off);
int cart_empty(const struct item *items, int count);
long shipping(long total, int express);
const char *shipping_name(int express);

#endif
