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
    : observer_(observer), core_(options) {
  last_seq_[kLobby] = options.last_seq;
}

Lines CoreHarness::OpenFrom(uint64_t session, const std::string& address,
                            bool unlimited) {
  return Happen(
      SessionOpened{SessionId{session}, address, 4000, false, "nc", unlimited});
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

Lines CoreHarness::Resume(uint64_t session, DeviceId device,
                          std::string_view place) {
  OpenResuming(session);
  return Ask(session, absl::StrCat("resume { device_token: '", TokenOf(device),
                                   "' ", std::string(place), " }"));
}

std::string CoreHarness::TokenOf(DeviceId device) {
  std::string token = absl::StrCat("token-", device);
  token.resize(wire::kDeviceTokenBytes, '.');
  return token;
}

Lines CoreHarness::FinishPassword(absl::Status status, size_t index) {
  return Happen(Hash(TakeAt(passwords_, index), status));
}

Lines CoreHarness::FinishLookup(absl::Status status, size_t index) {
  return Happen(LookUp(TakeAt(lookups_, index), status));
}

Lines CoreHarness::FinishWrite(absl::Status status) {
  return Happen(WriteNext(std::move(status)));
}

Event CoreHarness::WriteNext(absl::Status status) {
  if (rejected_ > 0) {
    --rejected_;
    status = absl::UnavailableError("of a generation that failed");
  }
  return Write(TakeAt(writes_, 0), status);
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
  unheard_ += std::erase_if(effects, [](const Effect& effect) {
    const auto* send = std::get_if<Send>(&effect);
    return send != nullptr && !send->to;
  });
  for (const Effect& effect : effects) Sort(effect);
  if (observer_ != nullptr) observer_->After(event, effects);
  effects_.insert(effects_.end(), effects.begin(), effects.end());
}

void CoreHarness::Sort(const Effect& effect) {
  const auto is = [&]<class... Kinds>(Kinds...) {
    return (std::holds_alternative<Kinds>(effect) || ...);
  };
  const auto* logout = std::get_if<RecordLogout>(&effect);
  const auto* rooms = std::get_if<ReadRooms>(&effect);
  if (rooms != nullptr && rooms->token.value % 2 == 0) {
    early_[rooms->token] = RoomsOf(rooms->account).links;
  }
  if (is(CheckPassword(), CreateAccount(), ChangePassword(),
         server::MakeAdmin())) {
    passwords_.push_back(effect);
  } else if (is(FindDevice(), FindAccount(), FindRequest(), ReadRooms(),
                ReadDevices())) {
    lookups_.push_back(effect);
  } else if (is(RecordLogin(), Append(), SetLink(), MarkRead(), RevokeDevice(),
                SetBlocked(), AddSanction(), LiftSanction(), RecordKick(),
                AddInvitation()) ||
             (logout != nullptr && logout->token)) {
    writes_.push_back(effect);
  } else if (is(NewGeneration())) {
    rejected_ = writes_.size();
  } else if (is(ReadHistory())) {
    reads_.push_back(effect);
  } else if (is(Await())) {
    waits_.push_back(effect);
  }
}

bool CoreHarness::FinishAnything() {
  const absl::Status good;
  if (!passwords_.empty()) {
    Feed(Hash(TakeAt(passwords_, 0), good));
  } else if (!lookups_.empty()) {
    Feed(LookUp(TakeAt(lookups_, 0), good));
  } else if (!writes_.empty()) {
    Feed(WriteNext(good));
  } else if (!reads_.empty()) {
    Feed(HistoryRead{std::get<ReadHistory>(TakeAt(reads_, 0)).token,
                     pb::FetchHistoryReply()});
  } else {
    return false;
  }
  return true;
}

}  // namespace chat77::server
