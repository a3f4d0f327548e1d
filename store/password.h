// Passwords at rest: Argon2id through libsodium (RFC 9106). The parameters are
// part of the hash, so old hashes go on working when the cost changes.
//
// Both calls take milliseconds of CPU and, at the default cost, 19 MiB: never
// on an I/O thread. Safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace chat77::store {

enum class PasswordCost : uint8_t {
  kDefault,  // 19 MiB, two passes: OWASP's recommendation, about 25 ms
  kMin,      // the least libsodium takes: for load tests only
};

// A hash with a fresh random salt: an ASCII string "$argon2id$...".
// ResourceExhausted when the memory is not to be had, Unavailable when the
// system has no random numbers.
absl::StatusOr<std::string> HashPassword(std::string_view password,
                                         PasswordCost cost);

// True if `password` is the one behind `hash`; false for a `hash` that is none.
// Constant-time in the password.
bool VerifyPassword(std::string_view hash, std::string_view password);

// Whether a hash was made at another cost than this one, so that a login that
// has just verified it should keep a new one (store::SetPassword without
// end_devices). True for what is no such hash.
bool NeedsRehash(std::string_view hash, PasswordCost cost);

// "default" and "min": makes PasswordCost the type of an Abseil flag.
bool AbslParseFlag(absl::string_view text, PasswordCost* cost,
                   std::string* error);
std::string AbslUnparseFlag(PasswordCost cost);

}  // namespace chat77::store
