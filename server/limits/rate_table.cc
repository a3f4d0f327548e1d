#include "server/limits/rate_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <sodium.h>

namespace chat77::server {

static_assert(std::tuple_size_v<HashKey> == crypto_shorthash_KEYBYTES);

HashKey RandomHashKey() {
  HashKey key;
  randombytes_buf(key.data(), key.size());
  return key;
}

RateTable::RateTable(Rate rate, size_t most_entries, const HashKey& key)
    : rate_(rate),
      key_(key),
      sets_(std::bit_ceil(
          std::max<size_t>(1, (most_entries + kWays - 1) / kWays))) {}

uint64_t RateTable::Tag(std::string_view key) const {
  static_assert(sizeof(uint64_t) == crypto_shorthash_BYTES);
  uint64_t tag = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&tag),
                   reinterpret_cast<const unsigned char*>(key.data()),
                   key.size(), key_.data());
  return tag == 0 ? 1 : tag;
}

// Its own, or that nearest to full: a full one gives what a new one would.
const RateTable::Entry& RateTable::Choose(const Set& set, uint64_t tag) {
  const Entry* nearest = &set[0];
  for (const Entry& entry : set) {
    if (entry.tag == tag) return entry;
    if (entry.bucket < nearest->bucket) nearest = &entry;
  }
  return *nearest;
}

RateTable::Entry& RateTable::Claim(uint64_t tag) {
  Set& set = sets_[Place(tag)];
  Entry& entry = const_cast<Entry&>(Choose(set, tag));
  if (entry.tag == 0) ++size_;
  entry.tag = tag;
  return entry;
}

absl::Duration RateTable::Take(std::string_view key, SteadyTime now,
                               double tokens) {
  const uint64_t tag = Tag(key);
  const absl::Duration wait =
      Choose(sets_[Place(tag)], tag).bucket.Wait(rate_, now, tokens);
  // Who is refused takes nobody's bucket.
  if (wait == absl::ZeroDuration()) {
    Claim(tag).bucket.Charge(rate_, now, tokens);
  }
  return wait;
}

absl::Duration RateTable::Wait(std::string_view key, SteadyTime now,
                               double tokens) const {
  const uint64_t tag = Tag(key);
  return Choose(sets_[Place(tag)], tag).bucket.Wait(rate_, now, tokens);
}

void RateTable::Charge(std::string_view key, SteadyTime now, double tokens) {
  Claim(Tag(key)).bucket.Charge(rate_, now, tokens);
}

void RateTable::Give(std::string_view key, SteadyTime now, double tokens) {
  const uint64_t tag = Tag(key);
  for (Entry& entry : sets_[Place(tag)]) {
    if (entry.tag != tag || entry.bucket.IsFull(now)) continue;
    entry.bucket.Give(rate_, tokens);
  }
}

}  // namespace chat77::server
