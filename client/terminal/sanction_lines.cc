#include "client/terminal/sanction_lines.h"

#include "absl/strings/str_cat.h"

#include "client/terminal/sanitize.h"
#include "client/terminal/time_span.h"

namespace chat77::client {
namespace {

const char* WhatIs(pb::Sanction::Kind kind) {
  switch (kind) {
    case pb::Sanction::MUTE:
      return " is muted by ";
    case pb::Sanction::BAN_ACCOUNT:
      return " is banned by ";
    case pb::Sanction::BAN_NETWORK:
      return " (a network) is banned by ";
    default:
      return " is under a sanction this client does not know by ";
  }
}

std::string Line(const pb::Sanction& sanction, absl::TimeZone zone) {
  std::string line = absl::StrCat(
      "-- ", sanction.number(), ": ", SanitizeLine(sanction.target()),
      WhatIs(sanction.kind()), SanitizeLine(sanction.by()));
  if (sanction.expires_ms() == 0) {
    absl::StrAppend(&line, " until it is lifted");
  } else {
    absl::StrAppend(
        &line, " until ",
        absl::FormatTime("%d %B %Y %H:%M",
                         absl::FromUnixMillis(sanction.expires_ms()), zone));
  }
  if (!sanction.reason().empty()) {
    absl::StrAppend(&line, ": ", SanitizeLine(sanction.reason()));
  }
  return line;
}

}  // namespace

std::vector<std::string> SanctionLines(const pb::ListSanctionsReply& reply,
                                       absl::TimeZone zone) {
  std::vector<std::string> lines;
  for (const pb::Sanction& sanction : reply.sanctions()) {
    lines.push_back(Line(sanction, zone));
  }
  if (lines.empty()) lines.push_back("-- No mute and no ban is in force.");
  return lines;
}

std::string SanctionMade(const std::string& target, const std::string& what,
                         uint64_t seconds, uint64_t number) {
  if (seconds == 0) {
    return absl::StrCat(target, " ", what, " until it is lifted (/lift ",
                        number, ").");
  }
  return absl::StrCat(target, " ", what, " for ", ShowTimeSpan(seconds),
                      " (/lift ", number, " ends it).");
}

}  // namespace chat77::client
