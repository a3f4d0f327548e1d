#include "tests/support/core_harness.h"

#include <google/protobuf/text_format.h>
#include <utility>

#include "absl/strings/str_cat.h"

#include "proto/alias.h"
#include "proto/limits.h"

namespace chat77::server {
namespace {

Effect TakeAt(std::deque<Effect>& work, size_t index) {
  Effect effect = std::move(work.at(index));
  work.erase(work.begin() + static_cast<std::ptrdiff_t>(index));
  return effect;
}

}  // namespace

CoreHarness::CoreHarness(CoreOptions options, CoreObserver* observer)
    : observer_(observer),
      core_(options),
      last_seq_(static_cast<int64_t>(options.last_seq)) {}

void CoreHarness::AddAccount(std::string_view alias) {
  const auto id = static_cast<int64_t>(accounts_.size()) + 1;
  accounts_[wire::AliasKey(alias)] = {id, std::string(alias), "secret"};
}

Lines CoreHarness::Open(uint64_t session) {
  return Happen(SessionOpened{SessionId{session},
                              absl::StrCat("10.0.0.", session),
                              static_cast<uint16_t>(1000 + session)});
}

Lines CoreHarness::OpenResuming(uint64_t session) {
  return Happen(
      SessionOpened{SessionId{session}, absl::StrCat("10.0.0.", session),
                    static_cast<uint16_t>(1000 + session), true, "phone"});
}

Lines CoreHarness::Close(uint64_t session) {
  return Happen(SessionClosed{SessionId{session}});
}

Lines CoreHarness::Stop() { return Happen(StopRequested{}); }

Lines CoreHarness::Ask(uint64_t session, const std::string& request) {
  pb::ClientFrame frame;
  if (!google::protobuf::TextFormat::ParseFromString(request, &frame)) {
    return {"no such request: " + request};
  }
  return Ask(session, std::move(frame));
}

Lines CoreHarness::Ask(uint64_t session, pb::ClientFrame frame) {
  frame.set_request_id(++last_request_[session]);
  return Happen(SessionRequested{SessionId{session}, &frame});
}

Lines CoreHarness::LogIn(uint64_t session, std::string_view alias) {
  if (!accounts_.contains(wire::AliasKey(alias))) AddAccount(alias);
  Open(session);
  return Ask(session, absl::StrCat("login { alias: '", std::string(alias),
                                   "' password: 'secret' }"));
}

Lines CoreHarness::LogInResuming(uint64_t session, std::string_view alias) {
  if (!accounts_.contains(wire::AliasKey(alias))) AddAccount(alias);
  OpenResuming(session);
  return Ask(session, absl::StrCat("login { alias: '", std::string(alias),
                                   "' password: 'secret' }"));
}

Lines CoreHarness::Resume(uint64_t session, int64_t device,
                          std::string_view place) {
  OpenResuming(session);
  return Ask(session, absl::StrCat("resume { device_token: '", TokenOf(device),
                                   "' ", std::string(place), " }"));
}

Lines CoreHarness::Receive(uint64_t session, uint64_t private_seq) {
  return Happen(PrivateReceived{SessionId{session}, private_seq});
}

std::string CoreHarness::TokenOf(int64_t device) {
  std::string token = absl::StrCat("token-", device);
  token.resize(wire::kDeviceTokenBytes, '.');
  return token;
}

Lines CoreHarness::FinishPassword(absl::Status status, size_t index) {
  const Effect work = TakeAt(passwords_, index);
  const auto* check = std::get_if<CheckPassword>(&work);
  return Happen(check != nullptr
                    ? Check(*check, status)
                    : Create(std::get<CreateAccount>(work), status));
}

Lines CoreHarness::FinishLookup(absl::Status status, size_t index) {
  return Happen(LookUp(TakeAt(lookups_, index), status));
}

Lines CoreHarness::FinishWrite(absl::Status status) {
  return Happen(Write(TakeAt(writes_, 0), status));
}

Lines CoreHarness::FinishRead(absl::StatusOr<pb::FetchHistoryReply> page,
                              size_t index) {
  const Effect work = TakeAt(reads_, index);
  return Happen(HistoryRead{std::get<ReadHistory>(work).token, page});
}

Lines CoreHarness::Elapse(size_t index) {
  return Happen(Elapsed{std::get<Await>(TakeAt(waits_, index)).token});
}

Lines CoreHarness::Happen(const Event& event) {
  effects_.clear();
  Feed(event);
  while (!hold_ && FinishAnything()) {
  }
  return Describe(effects_);
}

void CoreHarness::Feed(const Event& event) {
  if (observer_ != nullptr) observer_->Before(event);
  Effects effects;
  core_.Handle(event, now_, effects);
  for (const Effect& effect : effects) Sort(effect);
  if (observer_ != nullptr) observer_->After(event, effects);
  effects_.insert(effects_.end(), effects.begin(), effects.end());
}

void CoreHarness::Sort(const Effect& effect) {
  const auto is = [&]<class... Kinds>(Kinds...) {
    return (std::holds_alternative<Kinds>(effect) || ...);
  };
  const auto* logout = std::get_if<RecordLogout>(&effect);
  if (is(CheckPassword(), CreateAccount())) {
    passwords_.push_back(effect);
  } else if (is(FindDevice(), FindRequest(), ReadDevices())) {
    lookups_.push_back(effect);
  } else if (is(RecordLogin(), Append(), SetPrivate(), RevokeDevice()) ||
             (logout != nullptr && logout->token)) {
    writes_.push_back(effect);
  } else if (is(ReadHistory())) {
    reads_.push_back(effect);
  } else if (is(Await())) {
    waits_.push_back(effect);
  }
}

bool CoreHarness::FinishAnything() {
  const absl::Status good;
  if (!passwords_.empty()) {
    const Effect work = TakeAt(passwords_, 0);
    const auto* check = std::get_if<CheckPassword>(&work);
    Feed(check != nullptr ? Check(*check, good)
                          : Create(std::get<CreateAccount>(work), good));
  } else if (!lookups_.empty()) {
    Feed(LookUp(TakeAt(lookups_, 0), good));
  } else if (!writes_.empty()) {
    Feed(Write(TakeAt(writes_, 0), good));
  } else if (!reads_.empty()) {
    Feed(HistoryRead{std::get<ReadHistory>(TakeAt(reads_, 0)).token,
                     pb::FetchHistoryReply()});
  } else {
    return false;
  }
  return true;
}

// ---- the made-up store ------------------------------------------------------

Event CoreHarness::Check(const CheckPassword& work,
                         const absl::Status& status) const {
  if (!status.ok()) return PasswordChecked{work.token, status};
  const auto account = accounts_.find(work.key);
  if (account == accounts_.end() || account->second.password != work.password) {
    return PasswordChecked{work.token, absl::UnauthenticatedError("wrong")};
  }
  return PasswordChecked{
      work.token, AccountName{account->second.id, account->second.alias}};
}

Event CoreHarness::Create(const CreateAccount& work,
                          const absl::Status& status) {
  if (!status.ok()) return AccountCreated{work.token, status};
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
  if (const auto* find = std::get_if<FindRequest>(&work)) {
    const auto known = requests_.find({find->account, find->message_id});
    if (!status.ok()) return RequestFound{find->token, status};
    if (known == requests_.end()) {
      return RequestFound{find->token, absl::NotFoundError("not asked")};
    }
    return RequestFound{find->token, known->second.answer};
  }
  const auto& read = std::get<ReadDevices>(work);
  if (!status.ok()) return DevicesRead{read.token, status};
  return DevicesRead{read.token, List(read)};
}

const CoreHarness::Device* CoreHarness::Valid(int64_t device) const {
  if (device < 1 || device > devices()) return nullptr;
  const Device& found = devices_[static_cast<size_t>(device) - 1];
  return found.ended ? nullptr : &found;
}

absl::StatusOr<FoundDevice> CoreHarness::Find(const std::string& token) const {
  for (int64_t number = 1; number <= devices(); ++number) {
    if (TokenOf(number) != token || Valid(number) == nullptr) continue;
    for (const auto& [key, account] : accounts_) {
      if (account.id != Valid(number)->account) continue;
      return FoundDevice{number, {account.id, account.alias}};
    }
  }
  return absl::NotFoundError("no such device");
}

pb::ListDevicesReply CoreHarness::List(const ReadDevices& work) const {
  pb::ListDevicesReply list;
  for (int64_t number = 1; number <= devices(); ++number) {
    const Device* device = Valid(number);
    if (device == nullptr || device->account != work.account) continue;
    pb::Device& entry = *list.add_devices();
    entry.set_number(static_cast<uint64_t>(number));
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
  if (const auto* set = std::get_if<SetPrivate>(&work)) return write(*set);
  return write(std::get<RevokeDevice>(work));
}

absl::StatusOr<Outcome> CoreHarness::Write(const RecordLogin& work) {
  if (work.device != 0 && Valid(work.device) == nullptr) {
    return absl::NotFoundError("no such device");
  }
  Outcome outcome;
  outcome.device = work.device;
  if (work.make_device) {
    devices_.push_back({work.account, false});
    outcome.device = devices();
    outcome.device_token = TokenOf(outcome.device);
  }
  connections_.push_back(outcome.device);
  outcome.id = static_cast<int64_t>(connections_.size());
  return outcome;
}

absl::StatusOr<Outcome> CoreHarness::Write(const RecordLogout& work) {
  const auto connection = static_cast<size_t>(work.connection);
  if (connection > connections_.size()) return Outcome{};  // restored
  const int64_t device = connections_[connection - 1];
  if (work.end_device && device != 0) {
    devices_[static_cast<size_t>(device) - 1].ended = true;
  }
  return Outcome{};
}

absl::StatusOr<Outcome> CoreHarness::Write(const Append& work) {
  const RequestKey key{work.account, work.message_id};
  if (const auto known = requests_.find(key); known != requests_.end()) {
    return known->second;
  }
  Outcome outcome;
  outcome.id = ++last_seq_;
  outcome.time = work.time;
  if (work.message_id != 0) {
    requests_[key] = outcome;
    requests_[key].repeated = true;
  }
  return outcome;
}

absl::StatusOr<Outcome> CoreHarness::Write(const SetPrivate& work) {
  const RequestKey key{work.account, work.message_id};
  if (const auto known = requests_.find(key); known != requests_.end()) {
    return known->second;
  }
  Outcome outcome;
  outcome.answer = work.answer;
  outcome.time = work.time;
  if (work.message_id != 0) {
    requests_[key] = outcome;
    requests_[key].repeated = true;
  }
  return outcome;
}

absl::StatusOr<Outcome> CoreHarness::Write(const RevokeDevice& work) {
  const Device* device = Valid(work.device);
  if (device == nullptr || device->account != work.account) {
    return absl::NotFoundError("no such device");
  }
  devices_[static_cast<size_t>(work.device) - 1].ended = true;
  return Outcome{};
}

}  // namespace chat77::server
