// Blocks and sanctions, as the store writes them.

#include <utility>

#include "server/storage/sanction.h"
#include "server/storage/storage.h"

namespace chat77::server {
namespace {

store::SanctionKind ToStore(Sanction::Kind kind) {
  switch (kind) {
    case Sanction::Kind::kMute:
      return store::SanctionKind::kMute;
    case Sanction::Kind::kBanAccount:
      return store::SanctionKind::kBanAccount;
    case Sanction::Kind::kBanNetwork:
      return store::SanctionKind::kBanNetwork;
  }
  return store::SanctionKind::kMute;
}

Sanction::Kind FromStore(store::SanctionKind kind) {
  switch (kind) {
    case store::SanctionKind::kMute:
      return Sanction::Kind::kMute;
    case store::SanctionKind::kBanAccount:
      return Sanction::Kind::kBanAccount;
    case store::SanctionKind::kBanNetwork:
      return Sanction::Kind::kBanNetwork;
  }
  return Sanction::Kind::kMute;
}

}  // namespace

Sanction FromStore(const store::Sanction& sanction, const Calendar& calendar) {
  Moment expires = kNever;
  if (const auto& at = sanction.expires_at) expires = {*at, calendar.When(*at)};
  return {sanction.number,     FromStore(sanction.kind),
          sanction.account,    sanction.target,
          sanction.reason,     sanction.by,
          sanction.created_at, expires};
}

void Storage::Do(SetBlocked effect) {
  Write(effect.token,
        store::SetBlocked{effect.account, effect.blocked, effect.on});
}

void Storage::Do(AddSanction effect) {
  Sanction& sanction = effect.sanction;
  store::Sanction write{.kind = ToStore(sanction.kind),
                        .account = sanction.account,
                        .target = std::move(sanction.target),
                        .reason = std::move(sanction.reason),
                        .by = std::move(sanction.by),
                        .created_at = sanction.created};
  if (sanction.expires != kNever) write.expires_at = At(sanction.expires);
  Write(effect.token, store::AddSanction{std::move(write)});
}

void Storage::Do(LiftSanction effect) {
  Write(effect.token, store::LiftSanction{effect.number, std::move(effect.by),
                                          effect.time.wall, At(effect.time)});
}

void Storage::Do(RecordKick effect) {
  Write(effect.token,
        store::RecordKick{std::move(effect.by), std::move(effect.target),
                          std::move(effect.reason), effect.time});
}

}  // namespace chat77::server
