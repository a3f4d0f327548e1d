#include "store/internal/links.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "store/internal/milliseconds.h"
#include "store/internal/refusals.h"

namespace chat77::store {

absl::Status CheckLink(const SetLink& write) {
  const Link& link = write.link;
  const bool fits =
      link.first != link.second &&
      (link.state != LinkState::kLinked || link.room) &&
      (!write.entry || (link.room && write.entry->room == link.room));
  return fits ? absl::OkStatus() : WrongLink(link.first, link.second);
}

Link Normalized(Link link) {
  if (link.state == LinkState::kAsked) {
    link.asked_at = Milliseconds(link.asked_at);
    return link;
  }
  link.hidden = false;
  link.asked_at = {};
  if (link.state == LinkState::kNone) link.bound = false;
  if (link.second < link.first) std::swap(link.first, link.second);
  return link;
}

std::string NameOfDirectRoom(AccountId one, AccountId other) {
  return absl::StrCat(std::min(one, other), "+", std::max(one, other));
}

void Sort(std::vector<KnownLink>& links) {
  const auto accounts = [](const KnownLink& known) {
    return std::pair(known.link.first, known.link.second);
  };
  std::sort(links.begin(), links.end(),
            [&](const KnownLink& a, const KnownLink& b) {
              return accounts(a) < accounts(b);
            });
}

}  // namespace chat77::store
