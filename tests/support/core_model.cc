#include "tests/support/core_model.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace chat77::server {
namespace {

// The clock of these tests stands still.
constexpr char kNow[] = "@5";

std::string TextError(const std::string& text) {
  if (absl::StripAsciiWhitespace(text).empty()) return "error TEXT_EMPTY";
  return text.size() > 8192 ? "error TEXT_TOO_LONG" : "";
}

std::string List(const char* name, std::vector<std::string> names) {
  if (names.empty()) return "";
  std::sort(names.begin(), names.end());
  return absl::StrCat(" ", name, "=[", absl::StrJoin(names, " "), "]");
}

}  // namespace

void CoreModel::Tell(uint64_t session, const std::string& line) {
  if (seats_.contains(session)) inboxes_[session].push_back(line);
}

void CoreModel::Answer(uint64_t session, uint64_t request,
                       const std::string& line) {
  Tell(session, absl::StrCat("#", request, " ", line));
}

void CoreModel::TellInside(uint64_t but, const std::string& line) {
  for (const auto& [session, seat] : seats_) {
    const bool hears =
        seat.where == Seat::kInside || seat.where == Seat::kLeaving;
    if (hears && session != but) Tell(session, line);
  }
}

uint64_t CoreModel::SeatOf(const std::string& alias) const {
  for (const auto& [session, seat] : seats_) {
    if (seat.where != Seat::kInside) continue;
    if (absl::EqualsIgnoreCase(seat.name, alias)) return session;
  }
  return 0;
}

uint64_t CoreModel::Begin(uint64_t session) {
  const uint64_t request = ++requests_[session];
  if (!seats_.contains(session)) return 0;
  if (seats_[session].where == Seat::kLeaving) return 0;
  if (!stopping_) return request;
  Answer(session, request, "error SERVER_STOPPING");
  return 0;
}

uint64_t CoreModel::BeginInside(uint64_t session) {
  const uint64_t request = Begin(session);
  if (request == 0) return 0;
  if (seats_[session].where == Seat::kInside) return request;
  Answer(session, request, "error NOT_LOGGED_IN");
  return 0;
}

void CoreModel::Open(uint64_t session) {
  if (!stopped_) seats_[session] = {};
}

void CoreModel::Close(uint64_t session) {
  if (!seats_.contains(session)) return;
  const bool online = seats_[session].where >= Seat::kEntering;
  if (online) Leave(session, "DISCONNECTED");
  seats_.erase(session);
}

void CoreModel::Goodbye(uint64_t session, const std::string& code) {
  Tell(session, "bye " + code);
  seats_.erase(session);
}

// Private chats end at once, the room hears of it in its order.
void CoreModel::Leave(uint64_t session, const std::string& reason,
                      uint64_t logout) {
  const std::string name = seats_[session].name;
  std::erase(online_, name);
  bool seen = seats_[session].where == Seat::kInside;
  seats_[session].where = logout != 0 ? Seat::kLeaving : Seat::kStranger;
  for (const auto& [other, seat] : seats_) {
    if (other == session || seat.where != Seat::kInside) continue;
    if (asked_.erase({seat.name, name}) > 0) {
      Tell(other, absl::StrCat("request_withdrawn ", name, " was_asking"));
    }
    if (asked_.erase({name, seat.name}) > 0) {
      Tell(other, absl::StrCat("request_withdrawn ", name));
    }
    if (linked_.erase({name, seat.name}) + linked_.erase({seat.name, name}) >
        0) {
      Tell(other, absl::StrCat("private_ended ", name, " ENDED_BY_DISCONNECT"));
    }
  }
  // Whom nobody saw come, nobody sees go.
  for (Moment& moment : moments_) {
    if (moment.kind == Moment::kJoin && moment.session == session) {
      moment.name.clear();
    }
  }
  if (seen) {
    moments_.push_back(
        {Moment::kLeave, Moment::kGood, session, logout, name, reason});
  }
  Unfold();
}

void CoreModel::Stop() {
  stopping_ = true;
  Unfold();
}

void CoreModel::Register(uint64_t session, const std::string& alias,
                         const std::string& password) {
  const uint64_t request = Begin(session);
  if (request == 0) return;
  const Seat& seat = seats_[session];
  if (seat.where >= Seat::kEntering) {
    Answer(session, request, "error ALREADY_LOGGED_IN");
  } else if (seat.where == Seat::kWaiting) {
    Answer(session, request, "error INVALID_ARGUMENT");
  } else if (password.empty()) {
    Answer(session, request, "error PASSWORD_INVALID");
  } else {
    seats_[session].where = Seat::kWaiting;
    passwords_.push_back({session, request, true, false, alias, password});
  }
}

void CoreModel::Login(uint64_t session, const std::string& alias,
                      const std::string& password, bool take_over) {
  const uint64_t request = Begin(session);
  if (request == 0) return;
  const Seat& seat = seats_[session];
  if (seat.where >= Seat::kEntering) {
    Answer(session, request, "error ALREADY_LOGGED_IN");
  } else if (seat.where == Seat::kWaiting) {
    Answer(session, request, "error INVALID_ARGUMENT");
  } else {
    seats_[session].where = Seat::kWaiting;
    passwords_.push_back({session, request, false, take_over, alias, password});
  }
}

void CoreModel::FinishPassword(size_t index, bool good) {
  const Password done = passwords_[index];
  passwords_.erase(passwords_.begin() + static_cast<std::ptrdiff_t>(index));
  const auto account =
      std::find_if(accounts_.begin(), accounts_.end(), [&](const auto& entry) {
        return absl::EqualsIgnoreCase(entry.first, done.alias);
      });
  const bool known = account != accounts_.end();
  if (good && done.registers && !known) accounts_[done.alias] = done.password;
  if (!seats_.contains(done.session)) return;
  seats_[done.session].where = Seat::kStranger;
  const auto answer = [&](const std::string& line) {
    Answer(done.session, done.request, line);
  };
  if (!good) return answer("error BUSY 1000");
  if (done.registers) {
    return answer(known ? "error ALIAS_TAKEN" : "register " + done.alias);
  }
  if (!known || account->second != done.password) {
    return answer("error BAD_CREDENTIALS");
  }
  if (stopping_) return answer("error SERVER_STOPPING");
  Enter(done, account->first);
}

void CoreModel::Enter(const Password& login, const std::string& name) {
  for (const auto& [session, seat] : seats_) {
    if (seat.where < Seat::kEntering || seat.name != name) continue;
    if (!login.take_over) {
      return Answer(login.session, login.request,
                    "error ALREADY_ONLINE " + name);
    }
    const uint64_t old = session;
    Leave(old, "DISCONNECTED");
    Goodbye(old, "TAKEN_OVER");
    break;
  }
  online_.push_back(name);
  seats_[login.session] = {Seat::kEntering, name};
  moments_.push_back(
      {Moment::kJoin, Moment::kOpen, login.session, login.request, name, ""});
}

void CoreModel::Logout(uint64_t session) {
  const uint64_t request = BeginInside(session);
  if (request == 0) return;
  Leave(session, "LEFT", request);
}

void CoreModel::Say(uint64_t session, const std::string& text) {
  const uint64_t request = BeginInside(session);
  if (request == 0) return;
  if (const std::string error = TextError(text); !error.empty()) {
    return Answer(session, request, error);
  }
  moments_.push_back({Moment::kWords, history_ ? Moment::kOpen : Moment::kGood,
                      session, request, seats_[session].name, text});
  Unfold();
}

size_t CoreModel::writes() const {
  return static_cast<size_t>(std::count_if(
      moments_.begin(), moments_.end(),
      [](const Moment& moment) { return moment.outcome == Moment::kOpen; }));
}

void CoreModel::FinishWrite(bool good) {
  const auto moment =
      std::find_if(moments_.begin(), moments_.end(),
                   [](const Moment& m) { return m.outcome == Moment::kOpen; });
  moment->outcome = good ? Moment::kGood : Moment::kBad;
  Unfold();
}

void CoreModel::Unfold() {
  while (!moments_.empty() && moments_.front().outcome != Moment::kOpen) {
    const Moment moment = moments_.front();
    moments_.pop_front();
    Unfold(moment);
  }
  if (!stopping_ || stopped_ || !moments_.empty()) return;
  stopped_ = true;
  while (!seats_.empty()) Goodbye(seats_.begin()->first, "SERVER_STOPPING");
}

void CoreModel::Unfold(const Moment& moment) {
  const auto& [kind, outcome, session, request, name, text] = moment;
  if (kind == Moment::kLeave) {
    TellInside(session,
               absl::StrCat("left lobby ", name, " ", kNow, " ", text));
    if (request == 0) return;
    Answer(session, request, "logout");
    Goodbye(session, "LOGGED_OUT");
  } else if (outcome == Moment::kBad) {
    if (kind == Moment::kJoin && name.empty()) return;
    Answer(session, request, "error UNAVAILABLE");
    if (kind == Moment::kWords) return;
    seats_[session] = {};
    std::erase(online_, name);
  } else if (kind == Moment::kWords) {
    ++seq_;
    Answer(session, request, absl::StrCat("say ", seq_, " ", kNow));
    TellInside(session, absl::StrCat("said lobby ", seq_, " ", kNow, " ", name,
                                     " ", text));
  } else if (!name.empty()) {
    seats_[session].where = Seat::kInside;
    Answer(session, request,
           absl::StrCat("login ", name, " rooms=[lobby 1 ", seq_, "]"));
    TellInside(0, absl::StrCat("joined lobby ", name, " ", kNow));
  }
}

void CoreModel::ListOnline(uint64_t session) {
  const uint64_t request = BeginInside(session);
  if (request == 0) return;
  std::vector<std::string> names;
  for (const std::string& name : online_) {
    if (SeatOf(name) != 0) names.push_back(name);
  }
  Answer(session, request,
         absl::StrCat("list_online aliases=[", absl::StrJoin(names, " "), "] ",
                      names.size()));
}

void CoreModel::FetchHistory(uint64_t session) {
  const uint64_t request = BeginInside(session);
  if (request == 0) return;
  if (history_) {
    reads_.push_back({session, request});
  } else {
    Answer(session, request, "fetch_history");
  }
}

void CoreModel::FinishRead(size_t index) {
  const auto [session, request] = reads_[index];
  reads_.erase(reads_.begin() + static_cast<std::ptrdiff_t>(index));
  Answer(session, request, "fetch_history");
}

void CoreModel::Nonsense(uint64_t session) {
  const uint64_t request = Begin(session);
  if (request != 0) Answer(session, request, "error UNIMPLEMENTED");
}

void CoreModel::ListPrivate(uint64_t session) {
  const uint64_t request = BeginInside(session);
  if (request == 0) return;
  const std::string& self = seats_[session].name;
  std::vector<std::string> linked, asking, asked;
  for (const auto& [a, b] : linked_) {
    if (a == self) linked.push_back(b);
  }
  for (const auto& [who, whom] : asked_) {
    if (whom == self) asking.push_back(who);
    if (who == self) asked.push_back(whom);
  }
  Answer(session, request,
         absl::StrCat("list_private", List("linked", linked),
                      List("asking", asking), List("asked", asked)));
}

void CoreModel::Private(uint64_t session, Verb verb, const std::string& alias,
                        const std::string& text) {
  const uint64_t request = BeginInside(session);
  if (request == 0) return;
  const uint64_t other = SeatOf(alias);
  Answer(session, request,
         other == 0 ? "error NOT_ONLINE"
                    : PrivateAnswer(session, verb, other, text));
}

// Does it, tells the other, and says what is to be answered.
std::string CoreModel::PrivateAnswer(uint64_t session, Verb verb,
                                     uint64_t other, const std::string& text) {
  const std::string me = seats_[session].name;
  const std::string you = seats_[other].name;
  const bool linked = linked_.contains({me, you});
  const bool asks_me = asked_.contains({you, me});
  const auto link = [&] {
    asked_.erase({you, me});
    linked_.insert({me, you});
    linked_.insert({you, me});
    Tell(other, "private_connected " + me);
  };
  switch (verb) {
    case Verb::kRequest:
      if (me == you) return "error IS_YOURSELF " + you;
      if (linked) return "error ALREADY_LINKED " + you;
      if (asks_me) {
        link();
        return "request_private " + you + " connected";
      }
      if (!asked_.insert({me, you}).second) {
        return "error ALREADY_REQUESTED " + you;
      }
      Tell(other, "private_requested " + me);
      return "request_private " + you;
    case Verb::kAccept:
      if (!asks_me) return "error NO_PENDING_REQUEST " + you;
      link();
      return "accept_private " + you;
    case Verb::kReject:
      if (!asks_me) return "error NO_PENDING_REQUEST " + you;
      asked_.erase({you, me});
      Tell(other, "private_rejected " + me);
      return "reject_private " + you;
    case Verb::kEnd:
      if (!linked) return "error NOT_LINKED " + you;
      linked_.erase({me, you});
      linked_.erase({you, me});
      Tell(other, "private_ended " + me + " ENDED_BY_COMMAND");
      return "end_private " + you;
    case Verb::kSend:
      if (!linked) return "error NOT_LINKED " + you;
      if (const std::string error = TextError(text); !error.empty()) {
        return error;
      }
      Tell(other, absl::StrCat("private_said ", me, " ", text, " ", kNow));
      return absl::StrCat("send_private ", you, " ", kNow);
  }
  return "";
}

}  // namespace chat77::server
