// The model's private chat: what is changed counts at once, and is told when it
// is written; if that fails, it never was.
#include <algorithm>

#include "absl/strings/str_cat.h"

#include "tests/support/core_model.h"
#include "tests/support/core_model_text.h"

namespace chat77::server {

void CoreModel::Do(const Wish& wish) {
  const StayPtr me = seats_[wish.session].stay;
  const auto known = me->answers.find(wish.id);
  if (wish.verb == Verb::kSend && wish.id != 0 && known != me->answers.end()) {
    return Answer(wish.session, wish.request, known->second);
  }
  if (wish.verb == Verb::kSay) return Talk(wish, me);
  if (wish.verb == Verb::kList) {
    Happen({Moment::kList, Moment::kGood, wish.session, wish.request, me, ""});
    return Unfold();
  }
  const StayPtr you = Find(wish.alias);
  if (you == nullptr) return Refuse(wish, "error NOT_ONLINE");
  if (wish.verb == Verb::kSend) return Send(wish, me, you);
  Write write;
  write.kind = Write::kChange;
  const std::string refusal = Judge(wish, *me, *you, write.step, write.answer);
  if (!refusal.empty()) {
    return Refuse(wish, absl::StrCat("error ", refusal, " ", you->name));
  }
  me->highest = std::max(me->highest, wish.id);
  write.wish = wish;
  write.stay = me;
  write.other = you;
  Change(std::move(write));
}

// Why not, or nothing: then what is to be, and how it is answered.
std::string CoreModel::Judge(const Wish& wish, const Stay& me, const Stay& you,
                             Step& step, std::string& answer) const {
  const bool linked = links_.linked.contains({me.name, you.name});
  const bool asks_me = links_.asked.contains({you.name, me.name});
  const bool sees = asks_me && !links_.hidden.contains({you.name, me.name});
  switch (wish.verb) {
    case Verb::kRequest:
      if (&me == &you) return "IS_YOURSELF";
      if (HasBlocked(me.name, you.name)) return "IS_BLOCKED";
      if (linked) return "ALREADY_LINKED";
      if (links_.asked.contains({me.name, you.name}))
        return "ALREADY_REQUESTED";
      step = asks_me ? Step::kCross : Step::kAsk;
      answer = absl::StrCat("request_private ", you.name,
                            asks_me ? " connected" : "");
      return "";
    case Verb::kWithdraw:
      if (!links_.asked.contains({me.name, you.name}))
        return "NO_PENDING_REQUEST";
      step = Step::kWithdraw;
      answer = "withdraw_request " + you.name;
      return "";
    case Verb::kAccept:
      if (!sees) return "NO_PENDING_REQUEST";
      step = Step::kAccept;
      answer = "accept_private " + you.name;
      return "";
    case Verb::kReject:
      if (!sees) return "NO_PENDING_REQUEST";
      step = Step::kReject;
      answer = "reject_private " + you.name;
      return "";
    default:
      if (!linked) return "NOT_LINKED";
      step = Step::kEnd;
      answer = "end_private " + you.name;
      return "";
  }
}

// Not before what it speaks of is written.
void CoreModel::Refuse(const Wish& wish, const std::string& line) {
  Happen({Moment::kAnswer, Moment::kGood, wish.session, wish.request, nullptr,
          line});
  Unfold();
}

void CoreModel::Send(const Wish& wish, const StayPtr& me, const StayPtr& you) {
  if (!links_.linked.contains({me->name, you->name})) {
    return Refuse(wish, "error NOT_LINKED " + you->name);
  }
  if (const std::string error = TextError(wish.text); !error.empty()) {
    return Refuse(wish, error);
  }
  Happen({Moment::kText, Moment::kGood, wish.session, wish.request, me,
          wish.text});
  moments_.back().id = wish.id;
  moments_.back().other = you;
  Unfold();
}

void CoreModel::UnfoldText(const Moment& moment) {
  const auto answer = [&](const std::string& line) {
    Answer(moment.session, moment.request, line);
  };
  const StayPtr &me = moment.stay, &you = moment.other;
  if (moment.failed) return answer("error UNAVAILABLE 1000");
  const auto known = me->answers.find(moment.id);
  if (moment.id != 0 && known != me->answers.end()) {
    return answer(known->second);
  }
  if (you->gone) return answer("error NOT_ONLINE");
  if (HasBlocked(you->name, me->name) || HasBlocked(me->name, you->name)) {
    return answer("error NOT_LINKED " + you->name);
  }
  Notify(you, absl::StrCat(
                  "private_said ", me->name, " ", moment.text, " ", moment.time,
                  moment.id != 0 ? absl::StrCat(" =", moment.id) : ""));
  const std::string line =
      absl::StrCat("send_private ", you->name, " ", moment.time);
  if (moment.id != 0) me->answers[moment.id] = line;
  answer(line);
}

void CoreModel::UnfoldReturn(const Moment& moment) {
  if (!seats_.contains(moment.session)) return;
  seats_[moment.session].where = Seat::kStranger;
  if (moment.stay->gone) {
    return Answer(moment.session, moment.request, "error BUSY 100");
  }
  ComeBack(moment.attempt, moment.stay,
           PrivateLine(*moment.stay, moment.before));
}

void CoreModel::Change(Write write) {
  Ask(std::move(write));
  Make(*writes_.back());
}

// Nobody waits for an answer.
void CoreModel::ChangeUnasked(Step step, const StayPtr& me, const StayPtr& you,
                              bool tells) {
  Write write;
  write.kind = Write::kChange;
  write.step = step;
  write.stay = me;
  write.other = you;
  write.unasked = true;
  write.tells = tells;
  Change(std::move(write));
}

void CoreModel::Make(Write& write) {
  const std::string &me = write.stay->name, &you = write.other->name;
  const Pair mine{me, you}, yours{you, me};
  switch (write.step) {
    case Step::kAsk:
      write.seen = !HasBlocked(you, me);
      links_.asked.insert(mine);
      if (!write.seen) links_.hidden.insert(mine);
      return;
    case Step::kReject:
      links_.asked.erase(yours);
      return;
    case Step::kEnd:
      links_.linked.erase(mine);
      links_.linked.erase(yours);
      return;
    case Step::kWithdraw:
    case Step::kExpire:
      links_.asked.erase(mine);
      write.seen = links_.hidden.erase(mine) == 0;
      return;
    case Step::kCross:
    case Step::kAccept:
      links_.asked.erase(yours);
      links_.hidden.erase(yours);
      links_.linked.insert(mine);
      links_.linked.insert(yours);
      return;
  }
}

void CoreModel::FinishChange(const Write& write, bool good) {
  const StayPtr &me = write.stay, &you = write.other;
  const Wish& wish = write.wish;
  if (!good && write.unasked) return;
  if (!good) {
    return Answer(wish.session, wish.request, "error UNAVAILABLE 1000");
  }
  if (wish.id != 0) remembered_[{me->name, wish.id}] = write.answer;
  const auto tell = [&](const std::string& line) {
    if (write.seen) NotifyOf(*me, you, line);
  };
  const char* why = write.step == Step::kExpire ? " WITHDRAWN_BY_TIME"
                                                : " WITHDRAWN_BY_COMMAND";
  switch (write.step) {
    case Step::kAsk:
      tell("private_requested " + me->name);
      break;
    case Step::kReject:
      tell("private_rejected " + me->name);
      break;
    case Step::kEnd:
      if (write.tells) {
        Notify(me, "private_ended " + you->name + " ENDED_BY_COMMAND");
      }
      tell("private_ended " + me->name + " ENDED_BY_COMMAND");
      break;
    case Step::kWithdraw:
    case Step::kExpire:
      tell(absl::StrCat("request_withdrawn ", me->name, why));
      if (write.tells) {
        Notify(me, absl::StrCat("request_withdrawn ", you->name, " was_asking",
                                why));
      }
      break;
    case Step::kCross:
    case Step::kAccept:
      tell("private_connected " + me->name);
      break;
  }
  if (!write.unasked) Answer(wish.session, wish.request, write.answer);
}

// Whatever they have with others; who is to be told what.
std::vector<std::pair<CoreModel::StayPtr, std::string>> CoreModel::EndAll(
    const StayPtr& stay) {
  std::vector<std::pair<StayPtr, std::string>> told;
  const std::string& name = stay->name;
  for (const StayPtr& other : online_) {
    if (links_.asked.erase({other->name, name}) > 0) {
      told.emplace_back(
          other, absl::StrCat("request_withdrawn ", name, " was_asking"));
    }
    const bool seen = links_.hidden.erase({name, other->name}) == 0;
    links_.hidden.erase({other->name, name});
    if (links_.asked.erase({name, other->name}) > 0 && seen) {
      told.emplace_back(other, absl::StrCat("request_withdrawn ", name));
    }
    links_.linked.erase({other->name, name});
    if (links_.linked.erase({name, other->name}) > 0) {
      told.emplace_back(
          other, absl::StrCat("private_ended ", name, " ENDED_BY_DISCONNECT"));
    }
  }
  // And with those who have left as well.
  for (auto* pairs : {&links_.asked, &links_.hidden, &links_.linked}) {
    std::erase_if(*pairs, [&](const Pair& pair) {
      return pair.first == name || pair.second == name;
    });
  }
  return told;
}

std::string CoreModel::PrivateLine(const Stay& stay, const Links& links) const {
  std::vector<std::string> linked, asking, asked;
  const auto add = [&](std::vector<std::string>& names,
                       const std::string& name) {
    if (!HasBlocked(stay.name, name)) names.push_back(name);
  };
  for (const auto& [a, b] : links.linked) {
    if (a == stay.name) add(linked, b);
  }
  for (const auto& [who, whom] : links.asked) {
    if (whom == stay.name && !links.hidden.contains({who, whom})) {
      add(asking, who);
    }
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

}  // namespace chat77::server
