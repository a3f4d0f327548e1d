#include "tests/support/core_operations.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "proto/limits.h"
#include "tests/support/core_harness.h"
#include "tests/support/core_invariants.h"
#include "tests/support/core_model.h"

namespace chat77::server {
namespace {

constexpr const char* kKindNames[] = {
    "Enter",        "Open",         "Close",
    "Register",     "Login",        "TakeOver",
    "Logout",       "Say",          "ListOnline",
    "FetchHistory", "Request",      "Accept",
    "Reject",       "End",          "Send",
    "ListPrivate",  "Nonsense",     "FinishPassword",
    "FailPassword", "FinishWrite",  "FailWrite",
    "FinishRead",   "Stop",         "EnterResuming",
    "OpenResuming", "Resume",       "Return",
    "MarkRead",     "Again",        "ListDevices",
    "Revoke",       "FinishLookup", "FailLookup",
    "Elapse",       "Link",         "Withdraw",
    "Block",        "Unblock",      "ListBlocked",
    "LongAfter",    "Kick",         "Mute",
    "Ban",          "Lift",         "ChangePassword"};
static_assert(std::size(kKindNames) == Operation::kKinds);

// The last one has no account at first.
constexpr const char* kNames[] = {"ann", "Bob", "cleo", "Dan",
                                  "ANN", "bob", "Cleo", "dAN"};
static_assert(std::size(kNames) == Operation::kNames);

std::string TextOf(const Operation& operation) {
  if (operation.detail % 16 == 0) return " \n";
  if (operation.detail % 16 == 1) return std::string(8193, 'x');
  return absl::StrCat("text", operation.detail);
}

std::string Difference(const CoreInvariants::Inboxes& core,
                       const CoreInvariants::Inboxes& model) {
  std::string text = "the core and the model differ;";
  for (const auto* side : {&core, &model}) {
    absl::StrAppend(&text, side == &core ? " core:" : " model:");
    for (const auto& [session, lines] : *side) {
      absl::StrAppend(&text, " s", session, "{", absl::StrJoin(lines, "; "),
                      "}");
    }
  }
  return text;
}

class Player {
 public:
  explicit Player(bool history)
      : options_{.history = history},
        invariants_(options_),
        harness_(options_, &invariants_),
        model_(history) {
    invariants_.set_core(&harness_.core());
    harness_.set_hold(true);
    for (const char* alias : {"ann", "Bob", "cleo"}) {
      harness_.AddAccount(alias);
      model_.AddAccount(alias);
    }
    harness_.MakeAdmin("Bob");
    model_.MakeAdmin("Bob");
  }

  void Do(const Operation& operation);
  void FinishAll();
  void ExpectSettled();

  // What is wrong by now; empty: nothing.
  std::string Verdict();
  const Effects& all() const { return all_; }

 private:
  uint64_t At(const Operation& operation) const {
    return slots_[operation.slot % Operation::kSlots];
  }
  void Open(const Operation& operation, bool resumes);
  void Close(const Operation& operation);
  void LogIn(const Operation& operation, bool take_over);
  void Resume(const Operation& operation);
  void Link(const Operation& operation);
  void MarkRead(const Operation& operation);
  // Of the one at the slot and the one that is named.
  uint64_t RoomOf(const Operation& operation) const;
  void Register(const Operation& operation);
  void Revoke(const Operation& operation);
  // With a message id, if the detail says so; and the same once more.
  void AskOnce(const Operation& operation);
  void AskAgain(const Operation& operation);
  void Ask(const Operation& operation, uint64_t id);
  void Private(const Operation& operation, uint64_t id, CoreModel::Verb verb);
  void Ask(const Operation& operation);
  void Protect(const Operation& operation);
  void Punish(const Operation& operation);
  void LongAfter();
  void Finish(const Operation& operation);
  void FinishPassword(size_t index, bool good);
  void FinishLookup(size_t index, bool good);
  void FinishWrite(bool good);
  void FinishRead(size_t index);
  void Elapse(size_t index);
  void Note() {
    all_.insert(all_.end(), harness_.effects().begin(),
                harness_.effects().end());
  }
  void Ask(uint64_t session, const pb::ClientFrame& frame) {
    harness_.Ask(session, frame);
    Note();
  }

  const CoreOptions options_;
  CoreInvariants invariants_;
  CoreHarness harness_;
  CoreModel model_;
  std::array<uint64_t, Operation::kSlots> slots_ = {};  // sessions; 0: none
  uint64_t last_session_ = 0;
  // What was asked with an id, by account.
  struct Asked {
    Operation operation;
    uint64_t id = 0;
  };
  std::map<std::string, std::vector<Asked>> asked_;
  uint64_t last_id_ = 0;
  Effects all_;
};

std::string Player::Verdict() {
  if (!invariants_.violation().empty()) return invariants_.violation();
  const auto core = invariants_.TakeInboxes();
  const auto model = model_.TakeInboxes();
  if (core != model) return Difference(core, model);
  if (harness_.passwords() != model_.passwords() ||
      harness_.lookups() != model_.lookups() ||
      harness_.writes() != model_.writes() ||
      harness_.reads() != model_.reads() ||
      harness_.waits() != model_.waits()) {
    return "the core and the model wait for different work";
  }
  return "";
}

// Nobody is away for ever.
void Player::ExpectSettled() {
  FinishAll();
  invariants_.ExpectSettled();
  while (harness_.waits() > 0 && model_.waits() > 0) Elapse(0);
  FinishAll();
  invariants_.ExpectSettled();
}

void Player::Open(const Operation& operation, bool resumes) {
  uint64_t& slot = slots_[operation.slot % Operation::kSlots];
  if (slot != 0) return;
  slot = ++last_session_;
  if (resumes) {
    harness_.OpenResuming(slot);
  } else {
    harness_.Open(slot);
  }
  model_.Open(slot, resumes);
  Note();
}

void Player::Close(const Operation& operation) {
  uint64_t& slot = slots_[operation.slot % Operation::kSlots];
  harness_.Close(slot);
  model_.Close(slot);
  slot = 0;
  Note();
}

void Player::LogIn(const Operation& operation, bool take_over) {
  const char* alias = kNames[operation.name % Operation::kNames];
  const std::string password =
      operation.detail % 8 == 0 ? "wrong" : model_.PasswordOf(alias);
  pb::ClientFrame frame;
  frame.mutable_login()->set_alias(alias);
  frame.mutable_login()->set_password(password);
  frame.mutable_login()->set_take_over(take_over);
  Ask(At(operation), frame);
  model_.Login(At(operation), alias, password, take_over);
}

// With the last token of that name, or any; from where the client may be.
void Player::Resume(const Operation& operation) {
  const uint8_t detail = operation.detail;
  const std::string alias = kNames[operation.name % Operation::kNames];
  const DeviceId device =
      detail % 8 == 7 ? DeviceId::Of(detail / 8 % 8) : model_.DeviceOf(alias);
  CoreModel::Place place = model_.PlaceOf(alias);
  place.known = detail % 4 != 0;
  place.seq -= std::min<uint64_t>(place.seq, detail / 16 % 4);
  const bool take_over = detail % 3 == 0;
  pb::ClientFrame frame;
  pb::Resume& resume = *frame.mutable_resume();
  resume.set_device_token(device ? CoreHarness::TokenOf(device) : "short");
  resume.set_epoch(place.known ? options_.epoch : 0);
  resume.set_seq(place.seq);
  resume.set_take_over(take_over);
  Ask(At(operation), frame);
  model_.Resume(At(operation), device, take_over, place);
}

void Player::Link(const Operation& operation) {
  for (const uint64_t session : slots_) {
    for (size_t name = 0; name < Operation::kNames; ++name) {
      const bool asks = session == At(operation)
                            ? name == operation.name % Operation::kNames
                            : kNames[name] == model_.NameAt(At(operation));
      if (!asks) continue;
      pb::ClientFrame frame;
      frame.mutable_request_private()->set_alias(kNames[name]);
      Ask(session, frame);
      model_.Private(session, {CoreModel::Verb::kRequest, kNames[name], ""});
    }
  }
  FinishAll();
}

uint64_t Player::RoomOf(const Operation& operation) const {
  return model_.RoomOf(model_.NameAt(At(operation)),
                       kNames[operation.name % Operation::kNames]);
}

void Player::MarkRead(const Operation& operation) {
  const uint64_t room = operation.detail % 8 == 7 ? 77 : RoomOf(operation);
  pb::ClientFrame frame;
  pb::ReadMarker& marker = *frame.mutable_mark_read()->add_markers();
  marker.set_room(room);
  marker.set_seq(operation.detail % 16);
  Ask(At(operation), frame);
  model_.MarkRead(At(operation), room, operation.detail % 16);
}

void Player::Revoke(const Operation& operation) {
  const std::string alias = kNames[operation.name % Operation::kNames];
  const DeviceId device = operation.detail % 4 == 0
                              ? DeviceId::Of(operation.detail / 4 % 8)
                              : model_.DeviceOf(alias);
  pb::ClientFrame frame;
  frame.mutable_revoke_device()->set_number(
      static_cast<uint64_t>(device.value()));
  Ask(At(operation), frame);
  model_.Revoke(At(operation), device);
}

void Player::Register(const Operation& operation) {
  const char* alias = kNames[operation.name % Operation::kNames];
  const char* password = operation.detail % 8 == 0 ? "" : "secret";
  pb::ClientFrame frame;
  frame.mutable_register_()->set_alias(alias);
  frame.mutable_register_()->set_password(password);
  Ask(At(operation), frame);
  model_.Register(At(operation), alias, password);
}

void Player::AskOnce(const Operation& operation) {
  const std::string name = model_.NameAt(At(operation));
  const bool remembered = operation.detail % 4 >= 2 && !name.empty();
  const uint64_t id = remembered ? ++last_id_ : 0;
  if (remembered) asked_[name].push_back({operation, id});
  Ask(operation, id);
}

// As a client does that got no answer, or not soon enough.
void Player::AskAgain(const Operation& operation) {
  const std::string name = model_.NameAt(At(operation));
  const std::vector<Asked>& asked = asked_[name];
  if (asked.empty()) return;
  const size_t back = operation.detail % std::min<size_t>(asked.size(), 4);
  Asked again = asked[asked.size() - 1 - back];
  again.operation.slot = operation.slot;
  Ask(again.operation, again.id);
}

void Player::Ask(const Operation& operation, uint64_t id) {
  switch (operation.kind) {
    case Operation::kSay:
      return Private(operation, id, CoreModel::Verb::kSay);
    case Operation::kRequest:
      return Private(operation, id, CoreModel::Verb::kRequest);
    case Operation::kAccept:
      return Private(operation, id, CoreModel::Verb::kAccept);
    case Operation::kReject:
      return Private(operation, id, CoreModel::Verb::kReject);
    case Operation::kEnd:
      return Private(operation, id, CoreModel::Verb::kEnd);
    case Operation::kWithdraw:
      return Private(operation, id, CoreModel::Verb::kWithdraw);
    default:
      return Private(operation, id, CoreModel::Verb::kSend);
  }
}

void Player::Private(const Operation& operation, uint64_t id,
                     CoreModel::Verb verb) {
  const char* alias = kNames[operation.name % Operation::kNames];
  pb::ClientFrame frame;
  frame.set_message_id(id);
  switch (verb) {
    case CoreModel::Verb::kRequest:
      frame.mutable_request_private()->set_alias(alias);
      break;
    case CoreModel::Verb::kAccept:
      frame.mutable_accept_private()->set_alias(alias);
      break;
    case CoreModel::Verb::kReject:
      frame.mutable_reject_private()->set_alias(alias);
      break;
    case CoreModel::Verb::kEnd:
      frame.mutable_end_private()->set_alias(alias);
      break;
    case CoreModel::Verb::kWithdraw:
      frame.mutable_withdraw_request()->set_alias(alias);
      break;
    case CoreModel::Verb::kSay:
      frame.mutable_say()->set_text(TextOf(operation));
      break;
    case CoreModel::Verb::kList:
      break;  // has a verb of the model's own
    case CoreModel::Verb::kSend:
      frame.mutable_send_private()->set_alias(alias);
      frame.mutable_send_private()->set_text(TextOf(operation));
      break;
  }
  Ask(At(operation), frame);
  model_.Private(At(operation), {verb, alias, TextOf(operation), id});
}

void Player::FinishPassword(size_t index, bool good) {
  harness_.FinishPassword(
      good ? absl::OkStatus() : absl::ResourceExhaustedError("full"), index);
  model_.FinishPassword(index, good);
  Note();
}

void Player::FinishLookup(size_t index, bool good) {
  harness_.FinishLookup(
      good ? absl::OkStatus() : absl::UnavailableError("disk"), index);
  model_.FinishLookup(index, good);
  Note();
}

void Player::Elapse(size_t index) {
  harness_.Elapse(index);
  model_.Elapse(index);
  Note();
}

void Player::FinishWrite(bool good) {
  harness_.FinishWrite(good ? absl::OkStatus()
                            : absl::UnavailableError("disk"));
  model_.FinishWrite(good);
  Note();
}

void Player::FinishRead(size_t index) {
  harness_.FinishRead(pb::FetchHistoryReply(), index);
  model_.FinishRead(index);
  Note();
}

// Work that only one of the two knows of is Verdict's to report.
void Player::Finish(const Operation& operation) {
  const size_t passwords = std::min(harness_.passwords(), model_.passwords());
  const size_t writes = std::min(harness_.writes(), model_.writes());
  const size_t reads = std::min(harness_.reads(), model_.reads());
  const size_t lookups = std::min(harness_.lookups(), model_.lookups());
  const size_t waits = std::min(harness_.waits(), model_.waits());
  switch (operation.kind) {
    case Operation::kFinishPassword:
    case Operation::kFailPassword:
      if (passwords == 0) return;
      return FinishPassword(operation.detail % passwords,
                            operation.kind == Operation::kFinishPassword);
    case Operation::kFinishWrite:
    case Operation::kFailWrite:
      if (writes == 0) return;
      return FinishWrite(operation.kind == Operation::kFinishWrite);
    case Operation::kFinishLookup:
    case Operation::kFailLookup:
      if (lookups == 0) return;
      return FinishLookup(operation.detail % lookups,
                          operation.kind == Operation::kFinishLookup);
    case Operation::kElapse:
      if (waits != 0) Elapse(operation.detail % waits);
      return;
    default:
      if (reads != 0) FinishRead(operation.detail % reads);
  }
}

// What one finishes may begin another.
void Player::FinishAll() {
  for (;;) {
    if (harness_.passwords() > 0 && model_.passwords() > 0) {
      FinishPassword(0, true);
    } else if (harness_.lookups() > 0 && model_.lookups() > 0) {
      FinishLookup(0, true);
    } else if (harness_.writes() > 0 && model_.writes() > 0) {
      FinishWrite(true);
    } else if (harness_.reads() > 0 && model_.reads() > 0) {
      FinishRead(0);
    } else {
      return;
    }
  }
}

// Requests without a choice, and those for the room.
void Player::Ask(const Operation& operation) {
  const uint64_t session = At(operation);
  pb::ClientFrame frame;
  switch (operation.kind) {
    case Operation::kLogout:
      frame.mutable_logout();
      model_.Logout(session);
      break;
    case Operation::kListDevices:
      frame.mutable_list_devices();
      model_.ListDevices(session);
      break;
    case Operation::kListOnline:
      frame.mutable_list_online();
      model_.ListOnline(session);
      break;
    case Operation::kFetchHistory:
      frame.mutable_fetch_history()->set_room(RoomOf(operation));
      model_.FetchHistory(session, RoomOf(operation));
      break;
    case Operation::kListPrivate:
      frame.mutable_list_private();
      model_.ListPrivate(session);
      break;
    default:
      model_.Nonsense(session);
  }
  Ask(session, frame);
}

// Against others, for oneself.
void Player::Protect(const Operation& operation) {
  const uint64_t session = At(operation);
  const std::string alias = kNames[operation.name % Operation::kNames];
  pb::ClientFrame frame;
  if (operation.kind == Operation::kBlock) {
    frame.mutable_block()->set_alias(alias);
    model_.Block(session, alias, true);
  } else if (operation.kind == Operation::kUnblock) {
    frame.mutable_unblock()->set_alias(alias);
    model_.Block(session, alias, false);
  } else if (operation.kind == Operation::kListBlocked) {
    frame.mutable_list_blocked();
    model_.ListBlocked(session);
  } else {
    const std::string old = operation.detail % 4 == 0
                                ? "wrong"
                                : model_.PasswordOf(model_.NameAt(session));
    const std::string next = operation.detail % 16 == 1  ? ""
                             : operation.detail % 2 == 0 ? "better"
                                                         : "secret";
    frame.mutable_change_password()->set_old_password(old);
    frame.mutable_change_password()->set_new_password(next);
    model_.ChangePassword(session, old, next);
  }
  Ask(session, frame);
}

void Player::Punish(const Operation& operation) {
  const uint64_t session = At(operation);
  const std::string alias = kNames[operation.name % Operation::kNames];
  const uint64_t seconds = operation.detail % 2 == 0 ? 0 : 3600;
  pb::ClientFrame frame;
  if (operation.kind == Operation::kKick) {
    frame.mutable_kick()->set_alias(alias);
    model_.Kick(session, alias);
  } else if (operation.kind == Operation::kMute) {
    frame.mutable_mute()->set_alias(alias);
    frame.mutable_mute()->set_seconds(seconds);
    model_.Impose(session, alias, true, seconds);
  } else if (operation.kind == Operation::kBan) {
    frame.mutable_ban()->set_alias(alias);
    frame.mutable_ban()->set_seconds(seconds);
    model_.Impose(session, alias, false, seconds);
  } else {
    frame.mutable_lift()->set_number(operation.detail % 8);
    model_.Lift(session, operation.detail % 8);
  }
  Ask(session, frame);
}

void Player::LongAfter() {
  const absl::Duration time = wire::kAskLife + absl::Seconds(1);
  harness_.Advance(time);
  harness_.Happen(HourPassed{});
  model_.LongAfter(static_cast<uint64_t>(absl::ToInt64Milliseconds(time)));
  Note();
}

void Player::Do(const Operation& operation) {
  switch (operation.kind) {
    case Operation::kEnter:
    case Operation::kEnterResuming:
      Open(operation, operation.kind == Operation::kEnterResuming);
      LogIn(operation, operation.detail % 2 == 0);
      return FinishAll();
    case Operation::kOpen:
    case Operation::kOpenResuming:
      return Open(operation, operation.kind == Operation::kOpenResuming);
    case Operation::kReturn:
      Open(operation, true);
      Resume(operation);
      while (harness_.lookups() > 0 && model_.lookups() > 0) {
        FinishLookup(0, true);
      }
      return;
    case Operation::kLink:
      return Link(operation);
    case Operation::kResume:
      return Resume(operation);
    case Operation::kMarkRead:
      return MarkRead(operation);
    case Operation::kClose:
      return Close(operation);
    case Operation::kRegister:
      return Register(operation);
    case Operation::kLogin:
    case Operation::kTakeOver:
      return LogIn(operation, operation.kind == Operation::kTakeOver);
    case Operation::kSay:
    case Operation::kRequest:
    case Operation::kAccept:
    case Operation::kReject:
    case Operation::kEnd:
    case Operation::kSend:
    case Operation::kWithdraw:
      return AskOnce(operation);
    case Operation::kBlock:
    case Operation::kUnblock:
    case Operation::kListBlocked:
    case Operation::kChangePassword:
      return Protect(operation);
    case Operation::kKick:
    case Operation::kMute:
    case Operation::kBan:
    case Operation::kLift:
      return Punish(operation);
    case Operation::kLongAfter:
      return LongAfter();
    case Operation::kAgain:
      return AskAgain(operation);
    case Operation::kRevoke:
      return Revoke(operation);
    case Operation::kFinishPassword:
    case Operation::kFailPassword:
    case Operation::kFinishLookup:
    case Operation::kFailLookup:
    case Operation::kFinishWrite:
    case Operation::kFailWrite:
    case Operation::kFinishRead:
    case Operation::kElapse:
      return Finish(operation);
    case Operation::kStop:
      harness_.Stop();
      model_.Stop();
      return Note();
    default:
      return Ask(operation);
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& os, const Operation& operation) {
  return os << kKindNames[operation.kind] << "{slot " << int{operation.slot}
            << ", " << kNames[operation.name % Operation::kNames] << ", "
            << int{operation.detail} << "}";
}

std::vector<Operation> OperationsFromBytes(const uint8_t* data, size_t size) {
  std::vector<Operation> operations;
  for (size_t i = 0; i + 3 <= size; i += 3) {
    Operation& operation = operations.emplace_back();
    operation.kind = static_cast<Operation::Kind>(data[i] % Operation::kKinds);
    operation.slot = (data[i + 1] >> 4) % Operation::kSlots;
    operation.name = (data[i + 1] & 15) % Operation::kNames;
    operation.detail = data[i + 2];
  }
  return operations;
}

std::string Play(const std::vector<Operation>& operations, bool history) {
  Player player(history);
  for (size_t i = 0; i < operations.size(); ++i) {
    player.Do(operations[i]);
    if (std::string wrong = player.Verdict(); !wrong.empty()) {
      return absl::StrCat("operation ", i, ": ", wrong);
    }
  }
  player.ExpectSettled();
  if (std::string wrong = player.Verdict(); !wrong.empty()) {
    return "at the end: " + wrong;
  }
  Player again(history);
  for (const Operation& operation : operations) again.Do(operation);
  again.ExpectSettled();
  if (player.all() != again.all()) return "the same events had other effects";
  return "";
}

}  // namespace chat77::server
