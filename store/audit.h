// The audit log's chain: each record's hash is over the hash before it and all
// that the record says, so that a record cannot be changed, removed or put in
// between without every later hash being another.
//
//   hash(n) = BLAKE2b-256(hash(n-1), number, time in ms, actor, action, target,
//                         detail), hash(0) = 32 zero bytes
//
// with numbers as 8 bytes, little-endian, and texts behind their length as 8
// bytes, so that no two records are the same bytes.
//
// What it cannot show: it holds no secret. Whoever can write the whole file can
// make a whole chain anew, and can cut off its end. Against that its last
// number and hash are kept elsewhere (`chat77-store audit verify` prints them)
// and compared later (`--expect`).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "store/moderation.h"
#include "store/moderation_reader.h"

namespace chat77::store {

inline constexpr size_t kAuditHashBytes = 32;

// What a record's hash must be; its own `hash` is not looked at.
std::string AuditHash(std::string_view previous, const AuditRecord& record);

// The number and hash of a record: with them all records up to it are known.
struct AuditMark {
  int64_t number = 0;  // 0: before the first record
  std::string hash = std::string(kAuditHashBytes, '\0');

  friend bool operator==(const AuditMark&, const AuditMark&) = default;
};

// Follows a chain from its beginning.
// Example: `for (record : all) if (!(status = chain.Add(record)).ok()) ...`
class AuditChain {
 public:
  // DataLoss, naming the record, unless it is the next one and as written.
  absl::Status Add(const AuditRecord& record);

  // The last record added.
  const AuditMark& end() const { return end_; }

 private:
  AuditMark end_;
};

// Reads the whole log. Returns its last record, or DataLoss naming the first
// that is wrong. With `expected`, also DataLoss unless that record is in it.
absl::StatusOr<AuditMark> VerifyAudit(ModerationReader& reader,
                                      const AuditMark& expected = {});

// "NUMBER:HASH", the hash in hexadecimal, and back (InvalidArgument).
std::string FormatAuditMark(const AuditMark& mark);
absl::StatusOr<AuditMark> ParseAuditMark(std::string_view text);

}  // namespace chat77::store
