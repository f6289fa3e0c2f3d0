#include <cassert>
#include "money.hpp"

int main() {
  assert(clamp_price(5, 10, 20) == 10);
  assert(clamp_price(5.5, 1.0, 9.0) == 5.5);
  return format(705, "EUR") == "7.05 EUR" ? 0 : 1;
}
