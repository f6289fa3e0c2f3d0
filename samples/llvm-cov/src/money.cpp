#include "money.hpp"

std::string format(long cents, const std::string &currency) {
  std::string digits = std::to_string(cents % 100);
  if (digits.size() < 2) {
    digits = "0" + digits;
  }
  if (currency.empty() || currency == "XXX") {
    return std::to_string(cents / 100) + "." + digits;
  }
  return std::to_string(cents / 100) + "." + digits + " " + currency;
}
