#pragma once
#include <string>

template <typename T>
T clamp_price(T price, T low, T high) {
  if (price < low) return low;
  if (price > high) return high;
  return price;
}

std::string format(long cents, const std::string &currency);
