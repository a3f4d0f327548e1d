// A bucket for each key (an address, an alias, both), in memory of a fixed size
// that whoever makes up keys cannot make larger or slower.
//
// A key's place is a set of kWays buckets, chosen by SipHash-2-4 (libsodium's
// crypto_shorthash). Not absl's hash: its seed is the address of a variable and
// its function was not made to withstand somebody who chooses keys; SipHash is
// a keyed pseudorandom function made for just that (Aumasson and Bernstein,
// 2012), so without the key nobody finds keys that share a set or a bucket.
// Keys themselves are not kept, only 64 bits of their hash.
//
// A full bucket is nobody's and serves the next key. When all of a set are in
// use, a new key takes over the one nearest to full TOGETHER with what is
// missing from it (Metwally's "space saving", 2005). So nobody ever gets more
// than the rate, whatever others do: a key that lost its bucket to others finds
// at least as much missing in the one it takes over. The price is paid by new
// keys while the table is flooded: they may be asked to wait for what others
// took. To make one key wait a stranger has to empty all the buckets of its
// set, and not knowing which these are, of all sets: about `most_entries` times
// the burst, from as many different keys, as often as the rate gives it back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "server/limits/moment.h"
#include "server/limits/token_bucket.h"

namespace chat77::server {

// For SipHash. A server's is random and never shown; another is for who must
// repeat a run.
using HashKey = std::array<uint8_t, 16>;
HashKey RandomHashKey();

class RateTable {
 public:
  static constexpr size_t kWays = 8;

  // At most `most_entries` keys at once, rounded up to a power of two and at
  // least kWays; 16 bytes each, taken now. Best twice as many as are expected
  // to be in use.
  RateTable(Rate rate, size_t most_entries, const HashKey& key);

  // As TokenBucket's of that key, with its rules for `now`. Each looks at kWays
  // buckets and no more.
  absl::Duration Take(std::string_view key, SteadyTime now, double tokens = 1);
  absl::Duration Wait(std::string_view key, SteadyTime now,
                      double tokens = 1) const;
  void Charge(std::string_view key, SteadyTime now, double tokens);
  // Nothing for a key whose bucket is full or went to another.
  void Give(std::string_view key, SteadyTime now, double tokens = 1);

  const Rate& rate() const { return rate_; }
  // Buckets in use, or full again and not yet another's.
  size_t size() const { return size_; }
  size_t most() const { return sets_.size() * kWays; }

 private:
  struct Entry {
    uint64_t tag = 0;  // 0: never used
    TokenBucket bucket;
  };
  using Set = std::array<Entry, kWays>;

  uint64_t Tag(std::string_view key) const;
  size_t Place(uint64_t tag) const { return tag & (sets_.size() - 1); }
  static const Entry& Choose(const Set& set, uint64_t tag);
  Entry& Claim(uint64_t tag);

  Rate rate_;
  HashKey key_;
  std::vector<Set> sets_;
  size_t size_ = 0;
};

}  // namespace chat77::server
