// Who may come in: connections by address, and those who have not logged in.
//
// Of everybody but the networks that are exempt it knows three things, each
// bounded: how fast an address connects (server/limits), how many connections
// it has, and whether they have logged in (proto/stranger_pool.h).
// Connections of trusted gateways are not for it: a gateway has a pool of its
// own for the people behind it, and the core counts those by the address the
// gateway names.
//
// Pure but for its log. Belongs to the core's thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/time/time.h"

#include "proto/network.h"
#include "proto/stranger_pool.h"
#include "server/core/ids.h"
#include "server/limits/moment.h"
#include "server/limits/rate_table.h"

namespace chat77::server {

// What counts for one address counts for IpAddress::Group().
struct DoorOptions {
  wire::StrangerLimits strangers;
  // New connections of one address. Sixty at once are an office that comes
  // back after an outage; Ergo's 32 in ten minutes is too few for telephones.
  Rate rate{0.5, 60};
  // Connections of one address, logged in or not: a school behind one address.
  size_t per_address = 64;
  // Whom no limit by address or rate is for, here and further in.
  wire::NetworkList unlimited = *wire::NetworkList::Parse("loopback");
};

// What a session tells of itself.
enum class Passage : uint8_t {
  kBusy,      // its password is being looked at
  kIdle,      // no longer, and it has not logged in
  kLoggedIn,  //
  kGone,
};

class Door {
 public:
  enum class Verdict : uint8_t {
    kOpen,
    kTooFast,         // new connections of that address
    kTooManyThere,    // connections of that address
    kStrangersThere,  // of these, such as have not logged in
    kAllBusy,         // strangers, and none of them can give way
  };
  static constexpr size_t kVerdicts = 5;
  struct Answer {
    Verdict verdict = Verdict::kOpen;
    // Whose place it takes; that session is to be told to go.
    std::optional<SessionId> gives_way;
    absl::Duration retry_after;
    std::string_view sentence;  // for one that is not let in
  };

  explicit Door(const DoorOptions& options)
      : options_(options),
        pool_(options.strangers),
        rates_(options.rate, kAddresses, RandomHashKey()) {}

  // Addresses whose rate is remembered at once: 256 KiB.
  static constexpr size_t kAddresses = 16 * 1024;
  // For who gives way, too.
  static constexpr absl::Duration kRetry = absl::Seconds(5);
  static constexpr std::string_view kGivesWay =
      "Too many are connected who have not logged in; please try again.";

  // Whether that address is limited at all; what is none is not.
  bool Limits(std::string_view host) const;
  // A new connection of an address that is limited.
  Answer Knock(SessionId id, std::string_view host, SteadyTime now);
  // Nothing for a session that was not let in here.
  void Passed(SessionId id, Passage passage);

  size_t strangers() const { return pool_.size(); }
  size_t connections() const { return sessions_.size(); }
  // One line for what was refused since the last, if anything was.
  void Report();

 private:
  using Address = absl::node_hash_map<std::string, size_t>::value_type;

  Verdict Judge(SessionId id, const std::string& group, SteadyTime now,
                Answer& answer);
  void Leave(SessionId id);

  const DoorOptions options_;
  wire::StrangerPool pool_;
  RateTable rates_;
  absl::node_hash_map<std::string, size_t> addresses_;  // their connections
  absl::flat_hash_map<SessionId, Address*> sessions_;
  std::array<size_t, kVerdicts> verdicts_{};  // since the last report
  size_t gave_way_ = 0;
};

}  // namespace chat77::server
