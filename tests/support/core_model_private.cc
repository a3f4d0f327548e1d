// The model's private chat: what is changed counts at once, and is told when it
// is written; if that fails, it never was.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "tests/support/core_model.h"
#include "tests/support/core_model_text.h"

namespace chat77::server {

void CoreModel::Do(const Wish& wish) {
  if (AnswerRecent(wish)) return;
  const StayPtr me = seats_[wish.session].stay;
  if (wish.verb == Verb::kSay) return Talk(wish, me);
  if (wish.verb == Verb::kList) {
    Moment moment{
        Moment::kList, Moment::kGood, wish.session, wish.request, me, ""};
    View(moment, me->name);
    Happen(moment);
    return Unfold();
  }
  const std::string you = Whom(me->name, wish.alias);
  if (you.empty()) return Refuse(wish, "error NOT_ONLINE");
  if (wish.verb == Verb::kSend) return Send(wish, me, you);
  Write write;
  write.kind = Write::kChange;
  const std::string refusal =
      Judge(wish, me->name, you, write.step, write.answer);
  if (!refusal.empty()) {
    return Refuse(wish, absl::StrCat("error ", refusal, " ", you));
  }
  me->highest = std::max(me->highest, wish.id);
  write.wish = wish;
  write.who = me->name;
  write.whom = you;
  Change(std::move(write));
}

// Who is online of that name, or has something with `me`; empty: nobody.
std::string CoreModel::Whom(const std::string& me,
                            const std::string& alias) const {
  if (const StayPtr you = Find(alias)) return you->name;
  for (const Pair& pair : PairsOf(me)) {
    const std::string& you = pair.first == me ? pair.second : pair.first;
    const Link& link = state_.links.at(pair);
    if (!absl::EqualsIgnoreCase(you, alias)) continue;
    const bool sees =
        link.state != Link::kNone && (!link.hidden || !Asks(you, me));
    return sees || link.room != 0 ? you : "";
  }
  return "";
}

// Why not, or nothing: then what is to be, and how it is answered.
std::string CoreModel::Judge(const Wish& wish, const std::string& me,
                             const std::string& you, Step& step,
                             std::string& answer) const {
  const bool linked = LinkOf(me, you).state == Link::kLinked;
  const bool sees = Asks(you, me) && !LinkOf(me, you).hidden;
  switch (wish.verb) {
    case Verb::kRequest:
      if (me == you) return "IS_YOURSELF";
      if (HasBlocked(me, you)) return "IS_BLOCKED";
      if (linked) return "ALREADY_LINKED";
      if (Asks(me, you)) return "ALREADY_REQUESTED";
      step = Asks(you, me) ? Step::kCross : Step::kAsk;
      if (step == Step::kAsk && Find(you) == nullptr) return "NOT_ONLINE";
      answer = "request_private " + you;
      return "";
    case Verb::kWithdraw:
      if (!Asks(me, you)) return "NO_PENDING_REQUEST";
      step = Step::kWithdraw;
      answer = "withdraw_request " + you;
      return "";
    case Verb::kAccept:
      if (!sees) return "NO_PENDING_REQUEST";
      step = Step::kAccept;
      answer = "accept_private " + you;
      return "";
    case Verb::kReject:
      if (!sees) return "NO_PENDING_REQUEST";
      step = Step::kReject;
      answer = "reject_private " + you;
      return "";
    default:
      if (!linked) return "NOT_LINKED";
      step = Step::kEnd;
      answer = "end_private " + you;
      return "";
  }
}

// Not before what it speaks of is written.
void CoreModel::Refuse(const Wish& wish, const std::string& line) {
  Happen({Moment::kAnswer, Moment::kGood, wish.session, wish.request, nullptr,
          line});
  Unfold();
}

// ---- texts ------------------------------------------------------------------

void CoreModel::Send(const Wish& wish, const StayPtr& me,
                     const std::string& you) {
  if (LinkOf(me->name, you).state != Link::kLinked) {
    return Refuse(wish, "error NOT_LINKED " + you);
  }
  if (const std::string error = TextError(wish.text); !error.empty()) {
    return Refuse(wish, error);
  }
  Moment moment{Moment::kText, Moment::kOpen, wish.session, wish.request, me,
                wish.text};
  moment.id = wish.id;
  moment.pair = PairOf(me->name, you);
  Happen(moment);
  Link& link = state_.links[moment.pair];
  moments_.back().seq = ++link.seq;
  moments_.back().room = link.room;
  me->highest = std::max(me->highest, wish.id);
  writes_.push_back(std::make_shared<Write>());
}

std::string CoreModel::TextLine(const Moment& moment) const {
  const Pair& pair = moment.pair;
  return absl::StrCat(
      "send_private ",
      pair.first == moment.stay->name ? pair.second : pair.first, " ",
      moment.time, " ", moment.room, " 1 ", moment.seq);
}

void CoreModel::UnfoldText(const Moment& moment) {
  if (moment.failed) {
    return Answer(moment.session, moment.request, "error UNAVAILABLE 1000");
  }
  const std::string& me = moment.stay->name;
  const Pair& pair = moment.pair;
  told_entries_[pair] = moment.seq;
  Notify(pair.first == me ? pair.second : pair.first,
         absl::StrCat("private_said ", me, " ", moment.text, " ", moment.time,
                      " ", moment.room, " 1 ", moment.seq));
  Answer(moment.session, moment.request, TextLine(moment));
}

void CoreModel::UnfoldReturn(const Moment& moment) {
  if (!seats_.contains(moment.session)) return;
  seats_[moment.session].where = Seat::kStranger;
  if (moment.stay->gone) {
    return Answer(moment.session, moment.request, "error BUSY 100");
  }
  ComeBack(moment);
}

// ---- changes ----------------------------------------------------------------

void CoreModel::Change(Write write) {
  Ask(std::move(write));
  Make(*writes_.back());
}

// Nobody waits for an answer.
void CoreModel::ChangeUnasked(Step step, const std::string& me,
                              const std::string& you, bool leaving) {
  Write write;
  write.kind = Write::kChange;
  write.step = step;
  write.who = me;
  write.whom = you;
  write.unasked = true;
  write.leaving = leaving;
  Change(std::move(write));
}

void CoreModel::Make(Write& write) {
  const Pair pair = PairOf(write.who, write.whom);
  Link& link = state_.links[pair];
  const auto end = [&] {
    link.state = Link::kNone;
    link.hidden = false;
    link.bound[0] = link.bound[1] = nullptr;
  };
  const auto enter = [&] {
    if (link.room == 0) link.room = ++last_room_;
    write.seq = ++link.seq;
    write.number = link.room;
    absl::StrAppend(&write.answer,
                    write.step == Step::kCross ? " connected " : " ", link.room,
                    " ", write.seq);
  };
  switch (write.step) {
    case Step::kAsk:
      write.seen = !HasBlocked(write.whom, write.who);
      link.state = Link::kAsked;
      link.second_asked = pair.second == write.who;
      link.hidden = !write.seen;
      link.asked_at = now_;
      Bind(pair, link);
      write.answer += " 0 0";
      return;
    case Step::kCross:
    case Step::kAccept:
      link.state = Link::kLinked;
      link.hidden = false;
      Bind(pair, link);
      return enter();
    case Step::kHide:
      link.hidden = true;
      return;
    case Step::kReject:
      return end();
    case Step::kWithdraw:
    case Step::kExpire:
      write.asked = Asks(write.who, write.whom);
      write.seen = !write.asked || !link.hidden;
      return end();
    case Step::kEnd:
      end();
      return enter();
  }
}

void CoreModel::FinishChange(const Write& write, bool good) {
  const std::string &me = write.who, &you = write.whom;
  const Wish& wish = write.wish;
  if (!good && write.unasked) return;
  if (!good) {
    return Answer(wish.session, wish.request, "error UNAVAILABLE 1000");
  }
  if (wish.id != 0) remembered_[{me, wish.id}] = write.answer;
  if (write.seq != 0) told_entries_[PairOf(me, you)] = write.seq;
  const auto tell = [&](const std::string& line) {
    if (write.seen) Notify(you, line);
  };
  const std::string place = absl::StrCat(" ", write.number, " ");
  switch (write.step) {
    case Step::kAsk:
      tell("private_requested " + me);
      break;
    case Step::kReject:
      tell("private_rejected " + me);
      break;
    case Step::kHide:
      break;
    case Step::kEnd: {
      const std::string how = absl::StrCat(
          write.leaving ? " ENDED_BY_DISCONNECT" : " ENDED_BY_COMMAND", place,
          write.seq);
      if (write.unasked) Notify(me, "private_ended " + you + how);
      tell("private_ended " + me + how);
      break;
    }
    case Step::kWithdraw:
    case Step::kExpire: {
      const char* why = write.leaving                 ? ""
                        : write.step == Step::kExpire ? " WITHDRAWN_BY_TIME"
                                                      : " WITHDRAWN_BY_COMMAND";
      tell(absl::StrCat("request_withdrawn ", me,
                        write.asked ? "" : " was_asking", why));
      if (write.unasked) {
        Notify(me, absl::StrCat("request_withdrawn ", you,
                                write.asked ? " was_asking" : "", why));
      }
      break;
    }
    case Step::kCross:
    case Step::kAccept:
      tell(absl::StrCat("private_connected ", me, place, "1 ", write.seq));
      break;
  }
  if (!write.unasked) Answer(wish.session, wish.request, write.answer);
}

// ---- how things stand -------------------------------------------------------

void CoreModel::View(Moment& moment, const std::string& name) const {
  std::vector<std::string> linked, asking, asked;
  moment.rooms.clear();
  for (const Pair& pair : PairsOf(name)) {
    const Link& link = state_.links.at(pair);
    const std::string& other = pair.first == name ? pair.second : pair.first;
    if (link.room != 0) {
      moment.rooms.emplace_back(pair, link.state == Link::kLinked);
    }
    if (link.state == Link::kLinked) {
      linked.push_back(other);
    } else if (Asks(name, other)) {
      asked.push_back(other);
    } else if (Asks(other, name) && !link.hidden) {
      asking.push_back(other);
    }
  }
  moment.chats =
      absl::StrCat(ListLine("linked", linked), ListLine("asking", asking),
                   ListLine("asked", asked));
}

void CoreModel::ListPrivate(uint64_t session) {
  Wish wish;
  wish.verb = Verb::kList;
  Private(session, wish);
}

}  // namespace chat77::server
