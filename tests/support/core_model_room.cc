// The model's room and what is written for it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "tests/support/core_model.h"
#include "tests/support/core_model_text.h"

namespace chat77::server {

void CoreModel::Talk(const Wish& wish, const StayPtr& me) {
  const auto answer = [&](const std::string& line) {
    Answer(wish.session, wish.request, line);
  };
  if (IsUnder(me->name, true)) return answer("error MUTED");
  if (const std::string error = TextError(wish.text); !error.empty()) {
    return answer(error);
  }
  Moment moment{Moment::kWords,
                history_ ? Moment::kOpen : Moment::kGood,
                wish.session,
                wish.request,
                me,
                wish.text};
  moment.id = wish.id;
  Happen(moment);
  const uint64_t seq = moments_.back().seq = ++state_.seq;
  me->highest = std::max(me->highest, wish.id);
  if (history_) {
    writes_.push_back(std::make_shared<Write>());
  } else if (wish.id != 0) {
    recent_.push_back({me->name, wish.id, seq,
                       absl::StrCat("say ", seq, " ", Clock(), " 1 1")});
  }
  Unfold();
}

bool CoreModel::AnswerRecent(const Wish& wish) {
  if (history_ || wish.verb != Verb::kSay) return false;
  const std::string& name = seats_[wish.session].stay->name;
  for (const Recent& recent : recent_) {
    if (recent.name != name || recent.id != wish.id) continue;
    Refuse(wish, recent.answer);
    return true;
  }
  return false;
}

void CoreModel::FinishWrite(bool good) {
  const std::shared_ptr<Write> done = writes_.front();
  const Write& write = *done;
  writes_.pop_front();
  if (moments_.front().failed) good = false;
  if (!good && !moments_.front().failed) FailAll();
  if (write.kind != Write::kMoment) moments_.pop_front();
  for (const StayPtr& stay : write.ends) --stay->ending;
  refused_ = false;
  switch (write.kind) {
    case Write::kMoment:
      FinishMoment(good);
      break;
    case Write::kChange:
      FinishChange(write, good);
      break;
    case Write::kLogout:
      FinishLogout(write, good);
      break;
    case Write::kRevoke:
      FinishRevoke(write, good);
      break;
    case Write::kMark:
      FinishMark(write, good);
      break;
    case Write::kBlock:
      FinishBlock(write, good);
      break;
    case Write::kKick:
      FinishKick(write, good);
      break;
    case Write::kSanction:
      FinishSanction(write, good);
      break;
    case Write::kLift:
      FinishLift(write, good);
      break;
  }
  const bool ok = good && !refused_;
  Unfold();
  if (ok) {
    for (const Pair& pair : std::exchange(unsettled_, {})) Reconcile(pair);
  }
  StopIfQuiet();
}

// A write failed. What was asked for after it fails too, and is undone.
void CoreModel::FailAll() {
  bool first = true;
  for (Moment& moment : moments_) {
    if (moment.failed) continue;
    if (first) state_ = moment.before;
    first = false;
    moment.failed = true;
  }
  std::erase_if(recent_,
                [&](const Recent& recent) { return recent.seq > state_.seq; });
  for (auto moment = moments_.rbegin(); moment != moments_.rend(); ++moment) {
    if (moment->kind == Moment::kReturn) View(*moment, moment->stay->name);
    if (moment->write == nullptr || moment->write->failed) continue;
    moment->write->failed = true;
    if (moment->write->kind != Write::kChange) continue;
    unsettled_.push_back(PairOf(moment->write->who, moment->write->whom));
  }
}

void CoreModel::FinishMoment(bool good) {
  Moment& moment = moments_.front();
  moment.outcome = good ? Moment::kGood : Moment::kBad;
  if (!good) return;
  if (moment.kind == Moment::kJoin) return FinishLogin(moment);
  if (moment.id == 0) return;
  const std::string line =
      moment.kind == Moment::kText
          ? TextLine(moment)
          : absl::StrCat("say ", moment.seq, " ", moment.time, " 1 1");
  remembered_[{moment.stay->name, moment.id}] = line;
}

void CoreModel::FinishLogin(Moment& moment) {
  const DeviceId device = moment.attempt.device;
  if (device && OwnerOf(device).empty()) {
    moment.outcome = Moment::kRevoked;
    refused_ = true;
    return;
  }
  for (const auto& [key, answer] : remembered_) {
    if (key.first == moment.stay->name) moment.stay->highest = key.second;
  }
  if (device || !moment.makes_device) return;
  moment.stay->device = DeviceId::Of(static_cast<int64_t>(devices_.size()) + 1);
  devices_[moment.stay->device] = moment.stay->name;
}

void CoreModel::Happen(Moment moment) {
  moment.time = Clock();
  moment.before = state_;
  moments_.push_back(std::move(moment));
}

// Something else than words and a login is written, and has its place in the
// same order.
void CoreModel::Ask(Write write) {
  for (const StayPtr& stay : write.ends) ++stay->ending;
  writes_.push_back(std::make_shared<Write>(std::move(write)));
  Happen({Moment::kOther, Moment::kOpen, 0, 0, nullptr, ""});
  moments_.back().write = writes_.back();
}

void CoreModel::Unfold() {
  while (!moments_.empty() && moments_.front().outcome != Moment::kOpen) {
    const Moment moment = moments_.front();
    moments_.pop_front();
    Unfold(moment);
  }
}

void CoreModel::StopIfQuiet() {
  const bool quiet = moments_.empty() && writes_.empty();
  if (!stopping_ || stopped_ || !quiet) return;
  stopped_ = true;
  while (!seats_.empty()) Goodbye(seats_.begin()->first, "SERVER_STOPPING");
}

void CoreModel::Unfold(const Moment& moment) {
  if (moment.kind == Moment::kWords) return UnfoldWords(moment);
  if (moment.kind == Moment::kJoin) return UnfoldJoin(moment);
  if (moment.kind == Moment::kAgain) return Unpark(moment.session);
  if (moment.kind == Moment::kText) return UnfoldText(moment);
  if (moment.kind == Moment::kReturn) return UnfoldReturn(moment);
  if (moment.kind == Moment::kAnswer) {
    return Answer(moment.session, moment.request,
                  moment.failed ? "error UNAVAILABLE 1000" : moment.text);
  }
  if (moment.kind == Moment::kList) {
    return Answer(moment.session, moment.request,
                  moment.failed ? "error UNAVAILABLE 1000"
                                : "list_private" + moment.chats);
  }
  const uint64_t session = moment.session;
  const bool waits = moment.request != 0 && moment.stay->device != 0;
  if (!waits) logging_out_.erase(moment.stay->device);
  if (!moment.stay->joined) return;
  TellInside(session, absl::StrCat("left 1 ", moment.stay->name, " ",
                                   moment.time, " ", moment.text));
  if (moment.request == 0) return;
  if (moment.stay->device == 0) {
    Answer(session, moment.request, "logout");
    return Goodbye(session, "LOGGED_OUT");
  }
  Write write;
  write.kind = Write::kLogout;
  write.session = session;
  write.request = moment.request;
  write.device = moment.stay->device;
  Ask(write);
}

void CoreModel::UnfoldWords(const Moment& moment) {
  const auto answer = [&](const std::string& line) {
    Answer(moment.session, moment.request, line);
  };
  if (moment.outcome == Moment::kBad || moment.failed) {
    return answer("error UNAVAILABLE");
  }
  answer(absl::StrCat("say ", moment.seq, " ", moment.time, " 1 1"));
  told_.push_back(absl::StrCat("said 1 ", moment.seq, " ", moment.time, " ",
                               moment.stay->name, " ", moment.text));
  TellInside(moment.session, told_.back());
}

void CoreModel::UnfoldJoin(const Moment& moment) {
  const StayPtr& stay = moment.stay;
  if (stay->gone) return;
  Seat& seat = seats_[moment.session];
  if (moment.outcome == Moment::kGood) {
    stay->joined = true;
    seat.where = Seat::kInside;
    Answer(moment.session, moment.request, LoginLine(moment));
    Replay(moment.attempt);
    return TellInside(0,
                      absl::StrCat("joined 1 ", stay->name, " ", moment.time));
  }
  Answer(moment.session, moment.request,
         moment.outcome == Moment::kBad ? "error UNAVAILABLE"
                                        : "error TOKEN_INVALID");
  seat.where = Seat::kStranger;
  seat.stay = nullptr;
  std::erase(online_, stay);
}

void CoreModel::ListOnline(uint64_t session) {
  const uint64_t request = BeginInside(session);
  if (request == 0) return;
  std::vector<std::string> names;
  for (const StayPtr& stay : online_) {
    if (stay->joined) names.push_back(stay->name);
  }
  Answer(session, request,
         absl::StrCat("list_online aliases=[", absl::StrJoin(names, " "), "] ",
                      names.size()));
}

void CoreModel::FetchHistory(uint64_t session, uint64_t room) {
  const uint64_t request = BeginInside(session);
  if (request == 0) return;
  if (room <= 1 && !history_) return Answer(session, request, "fetch_history");
  const std::string& name = seats_[session].stay->name;
  if (room > 1 && PairOfRoom(name, room) == Pair()) {
    return Answer(session, request, "error NO_SUCH_ROOM");
  }
  ++seats_[session].pending;
  reads_.push_back({session, request});
}

void CoreModel::MarkRead(uint64_t session, uint64_t room, uint64_t seq) {
  const uint64_t request = BeginInside(session);
  if (request == 0) return;
  const std::string& name = seats_[session].stay->name;
  room = std::max<uint64_t>(room, 1);
  const Pair pair = PairOfRoom(name, room);
  if (room > 1 && pair == Pair()) {
    return Answer(session, request, "error NO_SUCH_ROOM");
  }
  const uint64_t told = room == 1 ? told_.size() : told_entries_[pair];
  seq = std::min(seq, told);
  const bool forward = seq > read_[{name, room}] && (room > 1 || history_);
  if (!forward) return Answer(session, request, "mark_read");
  Write write;
  write.kind = Write::kMark;
  write.session = session;
  write.request = request;
  write.name = name;
  write.number = room;
  write.seq = seq;
  ++seats_[session].pending;
  Ask(write);
}

void CoreModel::FinishMark(const Write& write, bool good) {
  Answer(write.session, write.request,
         good ? "mark_read" : "error UNAVAILABLE 1000");
  Settle(write.session);
  if (!good) return;
  uint64_t& read = read_[{write.name, write.number}];
  read = std::max(read, write.seq);
}

void CoreModel::FinishRead(size_t index) {
  const auto [session, request] = TakeAt(reads_, index);
  Answer(session, request, "fetch_history");
  Settle(session);
}

void CoreModel::Nonsense(uint64_t session) {
  const uint64_t request = BeginAnywhere(session);
  if (request != 0) Answer(session, request, "error UNIMPLEMENTED");
}

}  // namespace chat77::server
