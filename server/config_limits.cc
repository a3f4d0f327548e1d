#include "server/config_limits.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "server/flag_value.h"

// What a sanitizer keeps beside a program is several times the program.
#ifndef CHAT77_MEMORY_BUDGET
#define CHAT77_MEMORY_BUDGET 128
#endif

ABSL_FLAG(int32_t, strangers, 256,
          "Native connections at the same time that have not logged in; when "
          "they are all taken the oldest gives way. 1 to 100000.");
ABSL_FLAG(int32_t, strangers_per_address, 8,
          "Of those, from one address (IPv4) or network (IPv6, /64), 1 to "
          "100000.");
ABSL_FLAG(int32_t, connections_per_address, 64,
          "Native connections at the same time from one address, logged in or "
          "not, 1 to 1000000.");
ABSL_FLAG(int32_t, connection_rate, 30,
          "New native connections a minute from one address, and twice as "
          "many at once, 1 to 1000000.");
ABSL_FLAG(int32_t, login_seconds, 10,
          "From a native connection to its login, the TLS handshake and all "
          "tries together, 1 to 3600.");
ABSL_FLAG(std::string, unlimited_networks, "loopback",
          "Networks that no limit by address or rate is for: 192.0.2.0/24, "
          "loopback, private, all, none; commas between them.");
ABSL_FLAG(int32_t, read_kilobytes, 256,
          "What is read from one connection in a second, and four times as "
          "much at once; beyond it the connection has to wait. 1 to 1000000.");
ABSL_FLAG(int32_t, read_frames, 200,
          "Frames read from one connection in a second, and ten times as many "
          "at once; beyond it the connection has to wait. 1 to 1000000.");
ABSL_FLAG(int32_t, memory_budget, CHAT77_MEMORY_BUDGET,
          "Megabytes the server may use, measured: above 80 % new connections "
          "are refused, above 90 % logins too. 32 to 1000000.");
ABSL_FLAG(int32_t, store_cache_megabytes, 0,
          "Memory for pages of the store: what was said lately, accounts, "
          "which requests were carried out; three quarters of it for writing, "
          "a quarter for reading. 1 to 65536, and at most "
          "--memory_budget; 0: a quarter of the memory budget, "
          "and at most 32.");
ABSL_FLAG(int32_t, send_megabytes, 0,
          "Memory for all that is to be sent, to however many and however slow "
          "readers: what the room said lately (a reader further behind is told "
          "what it missed), replies, private texts. 8 to 65536, and at most "
          "--memory_budget; 0: half of the memory budget.");
ABSL_FLAG(std::string, compat_allow, "loopback,private",
          "Networks that may use the text port, which cannot be encrypted; "
          "others are told so in one sentence. Written as "
          "--unlimited_networks.");
ABSL_FLAG(int32_t, compat_strangers, 64,
          "Text connections at the same time that have not logged in; when "
          "they are all taken the oldest gives way. 1 to 100000.");
ABSL_FLAG(int32_t, compat_strangers_per_address, 8,
          "Of those, from one address (IPv4) or network (IPv6, /64), 1 to "
          "100000. Not for --unlimited_networks.");

namespace chat77::server {
namespace {

// A flag of numbers, where it belongs.
struct CountFlag {
  const char* name;
  const absl::Flag<int32_t>& flag;
  int32_t least;
  int32_t most;
  size_t* to;
};

absl::Status Read(const CountFlag& number) {
  const auto value = InRange(number.name, absl::GetFlag(number.flag),
                             number.least, number.most);
  if (value.ok()) *number.to = *value;
  return value.status();
}

// Of the memory budget; 0: `usual`.
absl::Status ReadShare(const CountFlag& number, size_t budget, size_t usual) {
  if (absl::GetFlag(number.flag) == 0) {
    *number.to = usual;
    return absl::OkStatus();
  }
  if (absl::Status read = Read(number); !read.ok()) return read;
  if (*number.to <= budget) return absl::OkStatus();
  return BadFlag(
      number.name, absl::StrCat(*number.to),
      absl::StrCat("--memory_budget=", budget, " is less; raise that as well"));
}

absl::Status ReadMemory(ServerOptions& server) {
  constexpr size_t kMega = 1024 * 1024;
  size_t budget = 0, send = 0, cache = 0;
  absl::Status read =
      Read({"memory_budget", FLAGS_memory_budget, 32, 1000000, &budget});
  if (!read.ok()) return read;
  read = ReadShare({"send_megabytes", FLAGS_send_megabytes, 8, 65536, &send},
                   budget, budget / 2);
  if (!read.ok()) return read;
  read = ReadShare(
      {"store_cache_megabytes", FLAGS_store_cache_megabytes, 1, 65536, &cache},
      budget, std::min(budget / 4, store::kStoreCacheBytes / kMega));
  if (!read.ok()) return read;
  server.store_cache_bytes = cache * kMega;
  server.memory_budget = budget * kMega;
  server.send_bytes = send * kMega;
  return absl::OkStatus();
}

absl::Status ReadNetworks(Config& config) {
  const auto unlimited =
      Networks("unlimited_networks", absl::GetFlag(FLAGS_unlimited_networks));
  if (!unlimited.ok()) return unlimited.status();
  config.server.door.unlimited = *unlimited;
  config.compat_allow_text = absl::GetFlag(FLAGS_compat_allow);
  const auto allow = Networks("compat_allow", config.compat_allow_text);
  if (!allow.ok()) return allow.status();
  config.compat_allow = *allow;
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadLimits(Config& config) {
  DoorOptions& door = config.server.door;
  size_t rate = 0, kilobytes = 0, frames = 0, login = 0;
  const CountFlag numbers[] = {
      {"strangers", FLAGS_strangers, 1, 100000, &door.strangers.most},
      {"strangers_per_address", FLAGS_strangers_per_address, 1, 100000,
       &door.strangers.per_group},
      {"connections_per_address", FLAGS_connections_per_address, 1, 1000000,
       &door.per_address},
      {"connection_rate", FLAGS_connection_rate, 1, 1000000, &rate},
      {"login_seconds", FLAGS_login_seconds, 1, 3600, &login},
      {"read_kilobytes", FLAGS_read_kilobytes, 1, 1000000, &kilobytes},
      {"read_frames", FLAGS_read_frames, 1, 1000000, &frames},
      {"compat_strangers", FLAGS_compat_strangers, 1, 100000,
       &config.compat_strangers.most},
      {"compat_strangers_per_address", FLAGS_compat_strangers_per_address, 1,
       100000, &config.compat_strangers.per_group},
  };
  for (const CountFlag& number : numbers) {
    if (absl::Status status = Read(number); !status.ok()) return status;
  }
  const auto per_second = static_cast<double>(kilobytes) * 1024;
  door.rate = {static_cast<double>(rate) / 60, static_cast<double>(rate) * 2};
  config.server.shard.connection.login_time =
      absl::Seconds(static_cast<int64_t>(login));
  config.server.shard.reading.bytes = {per_second, per_second * 4};
  config.server.shard.reading.frames = {static_cast<double>(frames),
                                        static_cast<double>(frames) * 10};
  if (absl::Status status = ReadMemory(config.server); !status.ok()) {
    return status;
  }
  return ReadNetworks(config);
}

}  // namespace chat77::server
