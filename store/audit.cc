#include "store/audit.h"

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "store/code.h"
#include "store/internal/abseil_view.h"
#include "store/internal/sodium.h"

namespace chat77::store {
namespace {

constexpr size_t kPage = 500;

void Append(int64_t number, std::string& bytes) {
  auto rest = static_cast<uint64_t>(number);
  for (size_t i = 0; i < sizeof(rest); ++i) {
    bytes += static_cast<char>(rest & 0xff);
    rest >>= 8;
  }
}

void Append(std::string_view text, std::string& bytes) {
  Append(static_cast<int64_t>(text.size()), bytes);
  bytes += text;
}

absl::Status Wrong(int64_t number, const std::string& fault) {
  return absl::DataLossError(absl::StrCat("Record ", number,
                                          " of the audit log ", fault,
                                          "; compare it with a backup."));
}

absl::Status NoMark() {
  return absl::InvalidArgumentError(
      "A place in the audit log is NUMBER:HASH, as audit verify prints it.");
}

}  // namespace

std::string AuditHash(std::string_view previous, const AuditRecord& record) {
  std::string bytes(previous);
  Append(record.number, bytes);
  Append(absl::ToUnixMillis(record.time), bytes);
  for (const std::string* text :
       {&record.actor, &record.action, &record.target, &record.detail}) {
    Append(*text, bytes);
  }
  return Blake2b(bytes);
}

absl::Status AuditChain::Add(const AuditRecord& record) {
  const int64_t next = end_.number + 1;
  if (record.number != next) return Wrong(next, "is missing");
  if (!SameSecret(record.hash, AuditHash(end_.hash, record))) {
    return Wrong(next, "is not what was written");
  }
  end_ = {record.number, record.hash};
  return absl::OkStatus();
}

absl::StatusOr<AuditMark> VerifyAudit(ModerationReader& reader,
                                      const AuditMark& expected) {
  AuditChain chain;
  bool met = expected == chain.end();
  while (true) {
    const auto page = reader.AuditRecords(chain.end().number, kPage);
    if (!page.ok()) return page.status();
    if (page->empty()) break;
    for (const AuditRecord& record : *page) {
      absl::Status status = chain.Add(record);
      if (!status.ok()) return status;
      met = met || chain.end() == expected;
    }
  }
  if (met) return chain.end();
  return Wrong(expected.number, expected.number > chain.end().number
                                    ? "is missing"
                                    : "is not the one expected");
}

std::string FormatAuditMark(const AuditMark& mark) {
  return absl::StrCat(mark.number, ":", absl::BytesToHexString(mark.hash));
}

absl::StatusOr<AuditMark> ParseAuditMark(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return NoMark();
  const std::string_view digits = text.substr(colon + 1);
  AuditMark mark;
  if (!absl::SimpleAtoi(ToAbseil(text.substr(0, colon)), &mark.number) ||
      mark.number < 0 || digits.size() != 2 * kAuditHashBytes ||
      digits.find_first_not_of("0123456789abcdefABCDEF") !=
          std::string_view::npos) {
    return NoMark();
  }
  mark.hash = absl::HexStringToBytes(ToAbseil(digits));
  return mark;
}

}  // namespace chat77::store
