#include "tests/support/core_operations.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "tests/support/core_harness.h"
#include "tests/support/core_invariants.h"
#include "tests/support/core_model.h"

namespace chat77::server {
namespace {

constexpr const char* kKindNames[] = {
    "Enter",        "Open",        "Close",
    "Register",     "Login",       "TakeOver",
    "Logout",       "Say",         "ListOnline",
    "FetchHistory", "Request",     "Accept",
    "Reject",       "End",         "Send",
    "ListPrivate",  "Nonsense",    "FinishPassword",
    "FailPassword", "FinishWrite", "FailWrite",
    "FinishRead",   "Stop"};
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
  }

  void Do(const Operation& operation);
  void FinishAll();
  void ExpectSettled() {
    FinishAll();
    invariants_.ExpectSettled();
  }

  // What is wrong by now; empty: nothing.
  std::string Verdict();
  const Effects& all() const { return all_; }

 private:
  uint64_t At(const Operation& operation) const {
    return slots_[operation.slot % Operation::kSlots];
  }
  void Open(const Operation& operation);
  void Close(const Operation& operation);
  void LogIn(const Operation& operation, bool take_over);
  void Register(const Operation& operation);
  void Private(const Operation& operation, CoreModel::Verb verb);
  void Ask(const Operation& operation);
  void Finish(const Operation& operation);
  void FinishPassword(size_t index, bool good);
  void FinishWrite(bool good);
  void FinishRead(size_t index);
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
  Effects all_;
};

std::string Player::Verdict() {
  if (!invariants_.violation().empty()) return invariants_.violation();
  const auto core = invariants_.TakeInboxes();
  const auto model = model_.TakeInboxes();
  if (core != model) return Difference(core, model);
  if (harness_.passwords() != model_.passwords() ||
      harness_.writes() != model_.writes() ||
      harness_.reads() != model_.reads()) {
    return "the core and the model wait for different work";
  }
  return "";
}

void Player::Open(const Operation& operation) {
  uint64_t& slot = slots_[operation.slot % Operation::kSlots];
  if (slot != 0) return;
  slot = ++last_session_;
  harness_.Open(slot);
  model_.Open(slot);
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
  const char* password = operation.detail % 8 == 0 ? "wrong" : "secret";
  pb::ClientFrame frame;
  frame.mutable_login()->set_alias(alias);
  frame.mutable_login()->set_password(password);
  frame.mutable_login()->set_take_over(take_over);
  Ask(At(operation), frame);
  model_.Login(At(operation), alias, password, take_over);
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

void Player::Private(const Operation& operation, CoreModel::Verb verb) {
  const char* alias = kNames[operation.name % Operation::kNames];
  pb::ClientFrame frame;
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
    case CoreModel::Verb::kSend:
      frame.mutable_send_private()->set_alias(alias);
      frame.mutable_send_private()->set_text(TextOf(operation));
      break;
  }
  Ask(At(operation), frame);
  model_.Private(At(operation), verb, alias, TextOf(operation));
}

void Player::FinishPassword(size_t index, bool good) {
  harness_.FinishPassword(
      good ? absl::OkStatus() : absl::ResourceExhaustedError("full"), index);
  model_.FinishPassword(index, good);
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
    default:
      if (reads != 0) FinishRead(operation.detail % reads);
  }
}

void Player::FinishAll() {
  while (harness_.passwords() > 0 && model_.passwords() > 0) {
    FinishPassword(0, true);
  }
  while (harness_.writes() > 0 && model_.writes() > 0) FinishWrite(true);
  while (harness_.reads() > 0 && model_.reads() > 0) FinishRead(0);
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
    case Operation::kSay:
      frame.mutable_say()->set_text(TextOf(operation));
      model_.Say(session, TextOf(operation));
      break;
    case Operation::kListOnline:
      frame.mutable_list_online();
      model_.ListOnline(session);
      break;
    case Operation::kFetchHistory:
      frame.mutable_fetch_history();
      model_.FetchHistory(session);
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

void Player::Do(const Operation& operation) {
  switch (operation.kind) {
    case Operation::kEnter:
      Open(operation);
      LogIn(operation, operation.detail % 2 == 0);
      return FinishAll();
    case Operation::kOpen:
      return Open(operation);
    case Operation::kClose:
      return Close(operation);
    case Operation::kRegister:
      return Register(operation);
    case Operation::kLogin:
      return LogIn(operation, false);
    case Operation::kTakeOver:
      return LogIn(operation, true);
    case Operation::kRequest:
      return Private(operation, CoreModel::Verb::kRequest);
    case Operation::kAccept:
      return Private(operation, CoreModel::Verb::kAccept);
    case Operation::kReject:
      return Private(operation, CoreModel::Verb::kReject);
    case Operation::kEnd:
      return Private(operation, CoreModel::Verb::kEnd);
    case Operation::kSend:
      return Private(operation, CoreModel::Verb::kSend);
    case Operation::kFinishPassword:
    case Operation::kFailPassword:
    case Operation::kFinishWrite:
    case Operation::kFailWrite:
    case Operation::kFinishRead:
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
  again.FinishAll();
  if (player.all() != again.all()) return "the same events had other effects";
  return "";
}

}  // namespace chat77::server
