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
  switch (wish.verb) {
    case Verb::kRequest:
      if (&me == &you) return "IS_YOURSELF";
      if (linked) return "ALREADY_LINKED";
      if (asked_.contains({me.name, you.name})) return "ALREADY_REQUESTED";
      change = asks_me ? Change::kCross : Change::kAsk;
      answer = absl::StrCat("request_private ", you.name,
                            asks_me ? " connected" : "");
      return "";
    case Verb::kAccept:
      if (!asks_me) return "NO_PENDING_REQUEST";
      change = Change::kAccept;
      answer = "accept_private " + you.name;
      return "";
    case Verb::kReject:
      if (!asks_me) return "NO_PENDING_REQUEST";
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
         absl::StrCat("private_said ", me->name, " ", wish.text, " ", kModelNow,
                      wish.id != 0 ? absl::StrCat(" =", wish.id) : ""));
  const std::string line =
      absl::StrCat("send_private ", you->name, " ", kModelNow);
  if (wish.id != 0) me->answers[wish.id] = line;
  answer(line);
}

void CoreModel::FinishChange(const Write& write, bool good) {
  const Wish& wish = write.wish;
  const std::pair key{write.stay->name, wish.id};
  if (!good) {
    Answer(wish.session, wish.request, "error UNAVAILABLE 1000");
  } else if (remembered_.contains(key)) {
    Answer(wish.session, wish.request, remembered_[key]);
  } else {
    if (wish.id != 0) remembered_[key] = write.answer;
    Make(write);
  }
  const auto waiting = changing_.extract(PairOf(*write.stay, *write.other));
  for (const Wish& waits : waiting.mapped()) {
    if (!seats_.contains(waits.session)) continue;
    Do(waits);
    Settle(waits.session);
  }
  Settle(wish.session);
}

void CoreModel::Make(const Write& write) {
  const StayPtr &me = write.stay, &you = write.other;
  const Pair mine{me->name, you->name}, yours{you->name, me->name};
  const auto answer = [&] {
    Answer(write.wish.session, write.wish.request, write.answer);
  };
  if (me->gone || you->gone) {
    answer();
    if (me->gone) return;
    if (write.change == Change::kAsk) {
      Notify(me, "request_withdrawn " + you->name + " was_asking");
    } else if (write.change == Change::kCross ||
               write.change == Change::kAccept) {
      Notify(me, "private_ended " + you->name + " ENDED_BY_DISCONNECT");
    }
    return;
  }
  if (write.change == Change::kAsk) {
    asked_.insert(mine);
    Notify(you, "private_requested " + me->name);
  } else if (write.change == Change::kReject) {
    asked_.erase(yours);
    Notify(you, "private_rejected " + me->name);
  } else if (write.change == Change::kEnd) {
    linked_.erase(mine);
    linked_.erase(yours);
    Notify(you, "private_ended " + me->name + " ENDED_BY_COMMAND");
  } else {
    asked_.erase(yours);
    linked_.insert(mine);
    linked_.insert(yours);
    Notify(you, "private_connected " + me->name);
  }
  answer();
}

std::string CoreModel::PrivateLine(const Stay& stay) const {
  std::vector<std::string> linked, asking, asked;
  for (const auto& [a, b] : linked_) {
    if (a == stay.name) linked.push_back(b);
  }
  for (const auto& [who, whom] : asked_) {
    if (whom == stay.name) asking.push_back(who);
    if (who == stay.name) asked.push_back(whom);
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
