#include "tests/support/core_harness.h"

#include <google/protobuf/text_format.h>
#include <utility>

#include "absl/strings/str_cat.h"

#include "proto/alias.h"

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
  accounts_[wire::AliasKey(alias)] = {std::string(alias), "secret"};
}

Lines CoreHarness::Open(uint64_t session) {
  return Happen(SessionOpened{SessionId{session},
                              absl::StrCat("10.0.0.", session),
                              static_cast<uint16_t>(1000 + session)});
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

Lines CoreHarness::FinishPassword(absl::Status status, size_t index) {
  return Happen(Outcome(TakeAt(passwords_, index), status));
}

Lines CoreHarness::FinishWrite(absl::Status status) {
  return Happen(Outcome(TakeAt(writes_, 0), status));
}

Lines CoreHarness::FinishRead(absl::StatusOr<pb::FetchHistoryReply> page,
                              size_t index) {
  const Effect work = TakeAt(reads_, index);
  return Happen(HistoryRead{std::get<ReadHistory>(work).token, page});
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
  if (std::holds_alternative<CheckPassword>(effect) ||
      std::holds_alternative<CreateAccount>(effect)) {
    passwords_.push_back(effect);
  } else if (std::holds_alternative<RecordLogin>(effect) ||
             std::holds_alternative<Append>(effect)) {
    writes_.push_back(effect);
  } else if (std::holds_alternative<ReadHistory>(effect)) {
    reads_.push_back(effect);
  }
}

bool CoreHarness::FinishAnything() {
  for (auto* work : {&passwords_, &writes_, &reads_}) {
    if (work->empty()) continue;
    Feed(Outcome(TakeAt(*work, 0), absl::OkStatus()));
    return true;
  }
  return false;
}

Event CoreHarness::Outcome(const Effect& work, const absl::Status& status) {
  if (const auto* check = std::get_if<CheckPassword>(&work)) {
    if (!status.ok()) return PasswordChecked{check->token, status};
    return PasswordChecked{check->token, Check(*check)};
  }
  if (const auto* create = std::get_if<CreateAccount>(&work)) {
    return AccountCreated{create->token,
                          status.ok() ? Create(*create) : status};
  }
  if (const auto* login = std::get_if<RecordLogin>(&work)) {
    if (!status.ok()) return Committed{login->token, status};
    return Committed{login->token, ++last_connection_};
  }
  if (const auto* append = std::get_if<Append>(&work)) {
    if (!status.ok()) return Committed{append->token, status};
    return Committed{append->token, ++last_seq_};
  }
  return HistoryRead{std::get<ReadHistory>(work).token,
                     pb::FetchHistoryReply()};
}

absl::Status CoreHarness::Create(const CreateAccount& work) {
  if (accounts_.contains(work.key)) return absl::AlreadyExistsError("taken");
  accounts_[work.key] = {work.alias, work.password};
  return absl::OkStatus();
}

absl::StatusOr<std::string> CoreHarness::Check(
    const CheckPassword& work) const {
  const auto account = accounts_.find(work.key);
  if (account == accounts_.end() || account->second.password != work.password) {
    return absl::UnauthenticatedError("wrong");
  }
  return account->second.alias;
}

}  // namespace chat77::server
