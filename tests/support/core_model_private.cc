// The model's private chat: what is changed is written first, and whoever wants
// something of the same two meanwhile waits.
#include <algorithm>

#include "absl/strings/str_cat.h"

#include "tests/support/core_model.h"
#include "tests/support/core_model_text.h"

namespace chat77::server {

CoreModel::StayPair CoreModel::PairOf(const Stay& one, const Stay& other) {
  return std::minmax(const_cast<Stay*>(&one), const_cast<Stay*>(&other));
}

void CoreModel::Private(uint64_t session, Wish wish) {
  wish.session = session;
  wish.request = BeginInside(session);
  if (wish.request != 0) Do(wish);
}

void CoreModel::Do(const Wish& wish) {
  Seat& seat = seats_[wish.session];
  const StayPtr me = seat.stay;
  const auto known = me->answers.find(wish.id);
  if (wish.verb == Verb::kSend && wish.id != 0 && known != me->answers.end()) {
    return Answer(wish.session, wish.request, known->second);
  }
  if (wish.verb == Verb::kList) return List(wish, me);
  const StayPtr you = Find(wish.alias);
  if (you == nullptr) return Refuse(wish, "error NOT_ONLINE");
  if (const auto pair = changing_.find(PairOf(*me, *you));
      pair != changing_.end()) {
    ++seat.pending;
    pair->second.push_back(wish);
    return;
  }
  if (wish.verb == Verb::kSend) return Send(wish, me, you);
  Write write;
  write.kind = Write::kChange;
  const std::string refusal =
      Judge(wish, *me, *you, write.change, write.answer);
  if (!refusal.empty()) {
    return Refuse(wish, absl::StrCat("error ", refusal, " ", you->name));
  }
  write.wish = wish;
  write.stay = me;
  write.other = you;
  changing_[PairOf(*me, *you)];
  ++seat.pending;
  writes_.push_back(write);
}

// Why not, or nothing: then what is to be, and how it is answered.
std::string CoreModel::Judge(const Wish& wish, const Stay& me, const Stay& you,
                             Change& change, std::string& answer) const {
  const bool linked = linked_.contains({me.name, you.name});
  const bool asks_me = asked_.contains({you.name, me.name});
  const bool sees = asks_me && !hidden_.contains({you.name, me.name});
  switch (wish.verb) {
    case Verb::kRequest:
      if (&me == &you) return "IS_YOURSELF";
      if (HasBlocked(me.name, you.name)) return "IS_BLOCKED";
      if (linked) return "ALREADY_LINKED";
      if (asked_.contains({me.name, you.name})) return "ALREADY_REQUESTED";
      change = asks_me ? Change::kCross : Change::kAsk;
      answer = absl::StrCat("request_private ", you.name,
                            asks_me ? " connected" : "");
      return "";
    case Verb::kWithdraw:
      if (!asked_.contains({me.name, you.name})) return "NO_PENDING_REQUEST";
      change = Change::kWithdraw;
      answer = "withdraw_request " + you.name;
      return "";
    case Verb::kAccept:
      if (!sees) return "NO_PENDING_REQUEST";
      change = Change::kAccept;
      answer = "accept_private " + you.name;
      return "";
    case Verb::kReject:
      if (!sees) return "NO_PENDING_REQUEST";
      change = Change::kReject;
      answer = "reject_private " + you.name;
      return "";
    default:
      if (!linked) return "NOT_LINKED";
      change = Change::kEnd;
      answer = "end_private " + you.name;
      return "";
  }
}

// One that was carried out is answered as it was then.
void CoreModel::Refuse(const Wish& wish, const std::string& line) {
  if (wish.id == 0 || wish.verb == Verb::kSend) {
    return Answer(wish.session, wish.request, line);
  }
  Lookup lookup;
  lookup.kind = Lookup::kRequest;
  lookup.session = wish.session;
  lookup.request = wish.request;
  lookup.name = seats_[wish.session].stay->name;
  lookup.id = wish.id;
  lookup.refusal = line;
  ++seats_[wish.session].pending;
  lookups_.push_back(lookup);
}

void CoreModel::Send(const Wish& wish, const StayPtr& me, const StayPtr& you) {
  const auto answer = [&](const std::string& line) {
    Answer(wish.session, wish.request, line);
  };
  if (!linked_.contains({me->name, you->name})) {
    return answer("error NOT_LINKED " + you->name);
  }
  if (const std::string error = TextError(wish.text); !error.empty()) {
    return answer(error);
  }
  Notify(you,
         absl::StrCat("private_said ", me->name, " ", wish.text, " ", Clock(),
                      wish.id != 0 ? absl::StrCat(" =", wish.id) : ""));
  const std::string line =
      absl::StrCat("send_private ", you->name, " ", Clock());
  if (wish.id != 0) me->answers[wish.id] = line;
  answer(line);
}

// Nobody waits for an answer, and nothing keeps it from being made.
void CoreModel::ChangeUnasked(Change change, const StayPtr& me,
                              const StayPtr& you, bool tells) {
  Write write;
  write.kind = Write::kChange;
  write.change = change;
  write.stay = me;
  write.other = you;
  write.unasked = true;
  write.tells = tells;
  changing_[PairOf(*me, *you)];
  writes_.push_back(write);
}

void CoreModel::FinishChange(const Write& write, bool good) {
  const Wish& wish = write.wish;
  const std::pair key{write.stay->name, wish.id};
  if (write.unasked) {
    Make(write);
  } else if (!good) {
    Answer(wish.session, wish.request, "error UNAVAILABLE 1000");
  } else if (remembered_.contains(key)) {
    Answer(wish.session, wish.request, remembered_[key]);
  } else {
    if (wish.id != 0) remembered_[key] = write.answer;
    Make(write);
  }
  const auto waiting = changing_.extract(PairOf(*write.stay, *write.other));
  EndBlocked(write.stay, write.other, !write.unasked);
  EndBlocked(write.other, write.stay, false);
  for (const Wish& waits : waiting.mapped()) {
    if (!seats_.contains(waits.session)) continue;
    Do(waits);
    Settle(waits.session);
  }
  Settle(wish.session);
}

// One of the two has gone meanwhile.
void CoreModel::MakeInVain(const Write& write) {
  const StayPtr &me = write.stay, &you = write.other;
  if (me->gone) return;
  const bool unheard = write.tells && HasBlocked(me->name, you->name);
  switch (write.change) {
    case Change::kAsk:
      return Notify(me, "request_withdrawn " + you->name + " was_asking");
    case Change::kWithdraw:
      if (!unheard) return;
      return Notify(me, "request_withdrawn " + you->name + " was_asking");
    case Change::kEnd:
      if (!unheard) return;
      [[fallthrough]];
    case Change::kCross:
    case Change::kAccept:
      return Notify(me, "private_ended " + you->name + " ENDED_BY_DISCONNECT");
    default:
      return;
  }
}

void CoreModel::Make(const Write& write) {
  const StayPtr &me = write.stay, &you = write.other;
  const Pair mine{me->name, you->name}, yours{you->name, me->name};
  const auto answer = [&] {
    Answer(write.wish.session, write.wish.request, write.answer);
  };
  if (me->gone || you->gone) {
    answer();
    return MakeInVain(write);
  }
  if (write.change == Change::kAsk) {
    asked_.insert(mine);
    if (HasBlocked(you->name, me->name)) hidden_.insert(mine);
    NotifyOf(*me, you, "private_requested " + me->name);
  } else if (write.change == Change::kReject) {
    asked_.erase(yours);
    NotifyOf(*me, you, "private_rejected " + me->name);
  } else if (write.change == Change::kEnd) {
    linked_.erase(mine);
    linked_.erase(yours);
    if (write.tells) {
      Notify(me, "private_ended " + you->name + " ENDED_BY_COMMAND");
    }
    NotifyOf(*me, you, "private_ended " + me->name + " ENDED_BY_COMMAND");
  } else if (write.change == Change::kWithdraw ||
             write.change == Change::kExpire) {
    TakeBack(write);
  } else {
    asked_.erase(yours);
    hidden_.erase(yours);
    linked_.insert(mine);
    linked_.insert(yours);
    NotifyOf(*me, you, "private_connected " + me->name);
  }
  answer();
}

void CoreModel::TakeBack(const Write& write) {
  const StayPtr &me = write.stay, &you = write.other;
  const Pair mine{me->name, you->name};
  const char* why = write.change == Change::kExpire ? " WITHDRAWN_BY_TIME"
                                                    : " WITHDRAWN_BY_COMMAND";
  asked_.erase(mine);
  if (hidden_.erase(mine) == 0) {
    NotifyOf(*me, you, absl::StrCat("request_withdrawn ", me->name, why));
  }
  if (!write.tells) return;
  Notify(me, absl::StrCat("request_withdrawn ", you->name, " was_asking", why));
}

std::string CoreModel::PrivateLine(const Stay& stay) const {
  std::vector<std::string> linked, asking, asked;
  const auto add = [&](std::vector<std::string>& names,
                       const std::string& name) {
    if (!HasBlocked(stay.name, name)) names.push_back(name);
  };
  for (const auto& [a, b] : linked_) {
    if (a == stay.name) add(linked, b);
  }
  for (const auto& [who, whom] : asked_) {
    if (whom == stay.name && !hidden_.contains({who, whom})) add(asking, who);
    if (who == stay.name) add(asked, whom);
  }
  return absl::StrCat(ListLine("linked", linked), ListLine("asking", asking),
                      ListLine("asked", asked));
}

void CoreModel::ListPrivate(uint64_t session) {
  Wish wish;
  wish.verb = Verb::kList;
  Private(session, wish);
}

// Behind the last change of theirs that is being written.
void CoreModel::List(const Wish& wish, const StayPtr& me) {
  const auto mine =
      std::find_if(writes_.rbegin(), writes_.rend(), [&](const Write& write) {
        return write.kind == Write::kChange && write.stay == me;
      });
  if (mine != writes_.rend()) {
    ++seats_[wish.session].pending;
    changing_.at(PairOf(*mine->stay, *mine->other)).push_back(wish);
    return;
  }
  Answer(wish.session, wish.request, "list_private" + PrivateLine(*me));
}

}  // namespace chat77::server
