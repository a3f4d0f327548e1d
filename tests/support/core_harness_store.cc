// The made-up store behind the harness.

#include <algorithm>
#include <utility>

#include "proto/alias.h"
#include "tests/support/core_harness.h"

namespace chat77::server {

void CoreHarness::AddAccount(std::string_view alias) {
  const auto id = static_cast<int64_t>(accounts_.size()) + 1;
  accounts_[wire::AliasKey(alias)] = {AccountId::Of(id), std::string(alias),
                                      "secret"};
}

void CoreHarness::MakeAdmin(std::string_view alias) {
  accounts_.at(wire::AliasKey(alias)).admin = true;
}

AccountName CoreHarness::Standing(std::string_view alias) const {
  return NameOf(accounts_.at(wire::AliasKey(alias)));
}

AccountName CoreHarness::NameOf(const Account& account) const {
  return {account.id,
          account.alias,
          account.admin,
          {account.blocked.begin(), account.blocked.end()}};
}

CoreHarness::Account* CoreHarness::ById(AccountId id) {
  for (auto& [key, account] : accounts_) {
    if (account.id == id) return &account;
  }
  return nullptr;
}

Event CoreHarness::Hash(const Effect& work, const absl::Status& status) {
  if (const auto* check = std::get_if<CheckPassword>(&work)) {
    return Check(*check, status);
  }
  if (const auto* create = std::get_if<CreateAccount>(&work)) {
    return Create(*create, status);
  }
  if (const auto* admin = std::get_if<server::MakeAdmin>(&work)) {
    return Promote(*admin, status);
  }
  return Change(std::get<ChangePassword>(work), status);
}

Event CoreHarness::Promote(const server::MakeAdmin& work,
                           const absl::Status& status) {
  if (!status.ok()) return AdminMade{work.token, status};
  if (work.code != kAdminCode) {
    return AdminMade{work.token, absl::PermissionDeniedError("no")};
  }
  ById(work.account)->admin = true;
  return AdminMade{work.token, absl::OkStatus()};
}

Event CoreHarness::Change(const ChangePassword& work,
                          const absl::Status& status) {
  Account& account = accounts_.at(work.key);
  if (!status.ok()) return PasswordChanged{work.token, status};
  if (account.password != work.old_password) {
    return PasswordChanged{work.token, absl::UnauthenticatedError("wrong")};
  }
  account.password = work.new_password;
  for (auto& [number, device] : devices_) {
    if (device.account == work.account && number != work.keep_device) {
      device.ended = true;
    }
  }
  return PasswordChanged{work.token, absl::OkStatus()};
}

Event CoreHarness::Check(const CheckPassword& work,
                         const absl::Status& status) const {
  if (!status.ok()) return PasswordChecked{work.token, status};
  const auto account = accounts_.find(work.key);
  if (account == accounts_.end() || account->second.password != work.password) {
    return PasswordChecked{work.token, absl::UnauthenticatedError("wrong")};
  }
  return PasswordChecked{work.token, NameOf(account->second)};
}

Event CoreHarness::Create(const CreateAccount& work,
                          const absl::Status& status) {
  if (!status.ok()) return AccountCreated{work.token, status};
  if (!work.invitation.empty() && work.invitation != kInvitation) {
    return AccountCreated{work.token, absl::PermissionDeniedError("no")};
  }
  if (accounts_.contains(work.key)) {
    return AccountCreated{work.token, absl::AlreadyExistsError("taken")};
  }
  AddAccount(work.alias);
  accounts_[work.key].password = work.password;
  return AccountCreated{work.token, absl::OkStatus()};
}

Event CoreHarness::LookUp(const Effect& work,
                          const absl::Status& status) const {
  if (const auto* find = std::get_if<FindDevice>(&work)) {
    if (!status.ok()) return DeviceFound{find->token, status};
    return DeviceFound{find->token, Find(find->device_token)};
  }
  if (const auto* find = std::get_if<FindAccount>(&work)) {
    const auto account = accounts_.find(find->key);
    if (!status.ok()) return AccountFound{find->token, status};
    if (account == accounts_.end()) {
      return AccountFound{find->token, absl::NotFoundError("nobody")};
    }
    return AccountFound{find->token, NameOf(account->second)};
  }
  if (const auto* find = std::get_if<FindRequest>(&work)) {
    const auto known = requests_.find({find->account, find->message_id});
    if (!status.ok()) return RequestFound{find->token, status};
    if (known == requests_.end()) {
      return RequestFound{find->token, absl::NotFoundError("not asked")};
    }
    return RequestFound{find->token, known->second.answer, known->second.seq,
                        known->second.time};
  }
  if (const auto* rooms = std::get_if<ReadRooms>(&work)) {
    if (!status.ok()) return RoomsRead{rooms->token, status};
    AccountRooms now = RoomsOf(rooms->account);
    const auto early = early_.find(rooms->token);
    if (early != early_.end()) now.links = early->second;
    return RoomsRead{rooms->token, now};
  }
  const auto& read = std::get<ReadDevices>(work);
  if (!status.ok()) return DevicesRead{read.token, status};
  return DevicesRead{read.token, List(read)};
}

const CoreHarness::Device* CoreHarness::Valid(DeviceId device) const {
  const auto found = devices_.find(device);
  return found == devices_.end() || found->second.ended ? nullptr
                                                        : &found->second;
}

absl::StatusOr<FoundDevice> CoreHarness::Find(const std::string& token) const {
  for (const auto& [number, device] : devices_) {
    if (TokenOf(number) != token || device.ended) continue;
    for (const auto& [key, account] : accounts_) {
      if (account.id != device.account) continue;
      return FoundDevice{number, NameOf(account)};
    }
  }
  return absl::NotFoundError("no such device");
}

pb::ListDevicesReply CoreHarness::List(const ReadDevices& work) const {
  pb::ListDevicesReply list;
  for (const auto& [number, device] : devices_) {
    if (device.ended || device.account != work.account) continue;
    pb::Device& entry = *list.add_devices();
    entry.set_number(static_cast<uint64_t>(number.value()));
    entry.set_software("phone");
    entry.set_current(number == work.current);
  }
  return list;
}

Event CoreHarness::Write(const Effect& work, const absl::Status& status) {
  const auto write = [&](const auto& effect) {
    if (!status.ok()) return Committed{effect.token, status};
    return Committed{effect.token, Write(effect)};
  };
  if (const auto* login = std::get_if<RecordLogin>(&work)) return write(*login);
  if (const auto* out = std::get_if<RecordLogout>(&work)) return write(*out);
  if (const auto* words = std::get_if<Append>(&work)) return write(*words);
  if (const auto* set = std::get_if<SetLink>(&work)) return write(*set);
  if (const auto* mark = std::get_if<MarkRead>(&work)) return write(*mark);
  if (const auto* block = std::get_if<SetBlocked>(&work)) return write(*block);
  if (const auto* add = std::get_if<AddSanction>(&work)) return write(*add);
  if (const auto* lift = std::get_if<LiftSanction>(&work)) return write(*lift);
  if (const auto* kick = std::get_if<RecordKick>(&work)) return write(*kick);
  if (const auto* in = std::get_if<AddInvitation>(&work)) return write(*in);
  return write(std::get<RevokeDevice>(work));
}

absl::StatusOr<Outcome> CoreHarness::Write(const RecordLogin& work) {
  if (work.device != 0 && Valid(work.device) == nullptr) {
    return absl::NotFoundError("no such device");
  }
  Outcome outcome;
  outcome.device = work.device;
  if (work.make_device) {
    outcome.device = DeviceId::Of(static_cast<int64_t>(devices_.size()) + 1);
    devices_[outcome.device] = {work.account, false};
    outcome.secret = TokenOf(outcome.device);
  }
  outcome.connection =
      ConnectionId::Of(static_cast<int64_t>(connections_.size()) + 1);
  connections_[outcome.connection] = outcome.device;
  for (const auto& [key, request] : requests_) {
    if (key.first == work.account) outcome.highest_message_id = key.second;
  }
  return outcome;
}

absl::StatusOr<Outcome> CoreHarness::Write(const RecordLogout& work) {
  const auto found = connections_.find(work.connection);
  if (found == connections_.end()) return Outcome{};  // restored
  if (work.end_device && found->second) devices_.at(found->second).ended = true;
  return Outcome{};
}

// The core asks for no write of a request that was carried out before.
absl::Status CoreHarness::Remember(AccountId account, uint64_t message_id,
                                   Request request) {
  if (message_id == 0) return absl::OkStatus();
  const RequestKey key{account, message_id};
  if (!requests_.emplace(key, std::move(request)).second) {
    return absl::InternalError("written twice");
  }
  return absl::OkStatus();
}

absl::Status CoreHarness::Enter(const Entry& entry) {
  uint64_t& last = last_seq_[entry.room];
  if (entry.seq != last + 1) return absl::DataLossError("not the next entry");
  last = entry.seq;
  return absl::OkStatus();
}

absl::StatusOr<Outcome> CoreHarness::Write(const Append& work) {
  const Entry& entry = work.entry;
  absl::Status status = Remember(entry.account, work.message_id,
                                 {work.answer, entry.seq, work.time.wall});
  if (status.ok()) status = Enter(entry);
  if (!status.ok()) return status;
  return Outcome{};
}

absl::StatusOr<Outcome> CoreHarness::Write(const SetLink& work) {
  absl::Status status =
      Remember(work.account, work.message_id, {work.answer, 0, work.time.wall});
  if (status.ok() && work.entry) status = Enter(*work.entry);
  if (!status.ok()) return status;
  const Link& link = work.link;
  links_[std::minmax(link.first, link.second)] = link;
  return Outcome{};
}

absl::StatusOr<Outcome> CoreHarness::Write(const MarkRead& work) {
  for (const ReadMarker& marker : work.markers) {
    uint64_t& read = ById(work.account)->read[marker.room];
    read = std::max(read, marker.seq);
  }
  return Outcome{};
}

AccountRooms CoreHarness::RoomsOf(AccountId account) const {
  AccountRooms rooms;
  const auto alias = [&](AccountId id) {
    for (const auto& [key, known] : accounts_) {
      if (known.id == id) return known.alias;
    }
    return std::string();
  };
  for (const auto& [pair, link] : links_) {
    if (pair.first != account && pair.second != account) continue;
    if (link.state == LinkState::kNone && !link.room) continue;
    const auto last = last_seq_.find(link.room);
    rooms.links.push_back({link, alias(link.first), alias(link.second),
                           last == last_seq_.end() ? 0 : last->second});
  }
  for (const auto& [key, known] : accounts_) {
    if (known.id != account) continue;
    for (const auto& [room, seq] : known.read)
      rooms.read.push_back({room, seq});
  }
  return rooms;
}

absl::StatusOr<Outcome> CoreHarness::Write(const RevokeDevice& work) {
  const Device* device = Valid(work.device);
  if (device == nullptr || device->account != work.account) {
    return absl::NotFoundError("no such device");
  }
  devices_.at(work.device).ended = true;
  return Outcome{};
}

absl::StatusOr<Outcome> CoreHarness::Write(const SetBlocked& work) {
  auto& blocked = ById(work.account)->blocked;
  if (work.on) {
    blocked[work.blocked] = ById(work.blocked)->alias;
  } else {
    blocked.erase(work.blocked);
  }
  return Outcome{};
}

absl::StatusOr<Outcome> CoreHarness::Write(const AddSanction& work) {
  Outcome outcome;
  outcome.sanction = ++last_sanction_;
  sanctions_[outcome.sanction] = work.sanction;
  return outcome;
}

absl::StatusOr<Outcome> CoreHarness::Write(const LiftSanction& work) {
  if (sanctions_.erase(work.number) == 0) return absl::NotFoundError("none");
  return Outcome{};
}

absl::StatusOr<Outcome> CoreHarness::Write(const RecordKick&) {
  return Outcome{};
}

absl::StatusOr<Outcome> CoreHarness::Write(const AddInvitation&) {
  Outcome outcome;
  outcome.secret = kInvitation;
  return outcome;
}

}  // namespace chat77::server
