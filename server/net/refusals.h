// What a shard turned away for how it spoke, counted; a line in the log for
// each kind at most once a second, however many come.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace chat77::server {

class Refusals {
 public:
  enum class Kind : uint8_t {
    kHandshake,  // of TLS; the reason is OpenSSL's, or ours
    kProtocol,   // another one's first bytes; the reason is its name
    kPlain,      // not encrypted, from where it must be
  };

  // `socket`: whose; its address is shown for the first of a line.
  void Note(Kind kind, std::string_view reason, int socket);
  // Once a second.
  void Report();

  // Since the start.
  uint64_t count(Kind kind) const { return of(kind).count; }

 private:
  static constexpr size_t kKinds = 3;
  struct Seen {
    uint64_t count = 0;
    uint64_t reported = 0;
    std::string reason;  // of the first that is not reported
    std::string address;
  };
  const Seen& of(Kind kind) const { return seen_[static_cast<size_t>(kind)]; }

  std::array<Seen, kKinds> seen_;
};

}  // namespace chat77::server
