// Those who are connected and have not logged in. They are few, so that they
// cannot take the place of those who have: `most` in all, and of these
// `per_group` from one place. When the pool is full, the oldest from the place
// that holds most of it gives way, so whoever fills it from few addresses
// pushes out their own; logging in takes a moment and few who mean it are hit.
//
// Pure, and bounded by construction: nobody is in it without being admitted.
// Used by the server's native port and by the text gateway, each with its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"

namespace chat77::wire {

// The defaults; `most` because a login takes a second and 256 logins at a time
// are more than the passwords' threads can do in five; per_group for a family
// or an office behind one address.
struct StrangerLimits {
  size_t most = 256;
  size_t per_group = 8;
};

class StrangerPool {
 public:
  enum class Verdict : uint8_t {
    kAdmitted,
    kTooManyThere,  // per_group are in from there; they stay
    kAllBusy,       // it is full, and nobody may give way
  };
  struct Admission {
    Verdict verdict = Verdict::kAdmitted;
    // Who has to go; it is out of the pool already.
    std::optional<uint64_t> gives_way;
  };

  explicit StrangerPool(StrangerLimits limits) : limits_(limits) {}

  // `id` is new; `group` is IpAddress::Group(), or anything else that names
  // a place. Looks at all who are in when it is full, of whom there are `most`.
  Admission Admit(uint64_t id, std::string_view group);
  // The server is at work for it: it does not give way. Nothing for one who is
  // not in.
  void Busy(uint64_t id, bool busy);
  // Logged in, or gone. Nothing for one who is not in.
  void Leave(uint64_t id);

  bool Contains(uint64_t id) const { return places_.contains(id); }
  size_t size() const { return strangers_.size(); }
  // How many are in from there.
  size_t from(std::string_view group) const;

 private:
  struct Stranger {
    uint64_t id;
    std::string group;
    bool busy = false;
  };
  std::optional<uint64_t> WhoGivesWay() const;

  const StrangerLimits limits_;
  std::list<Stranger> strangers_;  // the oldest first
  absl::flat_hash_map<uint64_t, std::list<Stranger>::iterator> places_;
  absl::flat_hash_map<std::string, size_t> groups_;
};

}  // namespace chat77::wire
