long refund(long paid, int days) {
  if (days > 30) {
    return 0;
  }
  return days > 14 ? paid / 2 : paid;
}
