#include "tests/support/core_model.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "tests/support/core_model_text.h"

namespace chat77::server {
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

void CoreModel::MakeAccount(const std::string& alias,
                            const std::string& password) {
  accounts_[alias] = password;
  names_.push_back(alias);
}

// Of private chat.
void CoreModel::Notify(const std::string& name, const std::string& line) {
  const StayPtr stay = Find(name);
  if (stay != nullptr) Tell(stay->session, line);
}

CoreModel::StayPtr CoreModel::Find(const std::string& alias) const {
  for (const StayPtr& stay : online_) {
    if (stay->joined && absl::EqualsIgnoreCase(stay->name, alias)) return stay;
  }
  return nullptr;
}

std::string CoreModel::NameAt(uint64_t session) const {
  const auto seat = seats_.find(session);
  if (seat == seats_.end() || seat->second.where != Seat::kInside) return "";
  return seat->second.stay->name;
}

DeviceId CoreModel::DeviceOf(const std::string& alias) const {
  DeviceId last;
  for (const auto& [device, owner] : devices_) {
    if (absl::EqualsIgnoreCase(owner, alias)) last = device;
  }
  return last;
}

std::string CoreModel::OwnerOf(DeviceId device) const {
  const auto found = devices_.find(device);
  return found == devices_.end() ? "" : found->second;
}

CoreModel::Place CoreModel::PlaceOf(const std::string&) const {
  return {true, told_.size()};
}

uint64_t CoreModel::Begin(uint64_t session) {
  const uint64_t request = ++requests_[session];
  if (!seats_.contains(session)) return 0;
  const Seat& seat = seats_[session];
  if (seat.where == Seat::kLeaving || seat.logout != 0) return 0;
  if (!stopping_) return request;
  Answer(session, request, "error SERVER_STOPPING");
  return 0;
}

bool CoreModel::IsEnding(uint64_t session, uint64_t request) {
  const StayPtr& stay = seats_[session].stay;
  if (stay == nullptr || stay->ending == 0) return false;
  Answer(session, request, "error BUSY 1000");
  return true;
}

uint64_t CoreModel::BeginAnywhere(uint64_t session) {
  const uint64_t request = Begin(session);
  return request == 0 || IsEnding(session, request) ? 0 : request;
}

uint64_t CoreModel::BeginInside(uint64_t session) {
  const uint64_t request = Begin(session);
  if (request == 0) return 0;
  if (seats_[session].where == Seat::kInside) {
    return IsEnding(session, request) ? 0 : request;
  }
  Answer(session, request, "error NOT_LOGGED_IN");
  return 0;
}

void CoreModel::Open(uint64_t session, bool resumes) {
  if (!stopped_) seats_[session].resumes = resumes;
}

void CoreModel::Close(uint64_t session) {
  if (!seats_.contains(session)) return;
  const Seat seat = seats_[session];
  seats_.erase(session);
  if (seat.where < Seat::kEntering) return;
  if (seat.stay->joined && seat.stay->resumes && seat.logout == 0) {
    GoAway(seat.stay);
  } else {
    Leave(seat.stay, seat.logout != 0 ? "LEFT" : "DISCONNECTED", seat.logout);
  }
}

void CoreModel::GoAway(const StayPtr& stay) {
  stay->session = 0;
  stay->away = ++aways_;
  waits_.emplace_back(stay, stay->away);
}

void CoreModel::Elapse(size_t index) {
  const auto [stay, away] = TakeAt(waits_, index);
  if (stopping_ || stay->gone || stay->away != away) return;
  Leave(stay, "DISCONNECTED");
}

void CoreModel::Goodbye(uint64_t session, const std::string& code) {
  Tell(session, "bye " + code);
  seats_.erase(session);
}

// What is bound to the stay ends; who had it, and the room, hear of it in its
// order.
void CoreModel::Leave(const StayPtr& stay, const std::string& reason,
                      uint64_t logout) {
  std::erase(online_, stay);
  stay->gone = true;
  if (logout != 0 || stay->ends_device) logging_out_.insert(stay->device);
  EndBound(stay);
  // Whom nobody saw come, nobody sees go.
  if (stay->joined || stay->ends_device) {
    Happen(
        {Moment::kLeave, Moment::kGood, stay->session, logout, stay, reason});
  }
  Unfold();
}

void CoreModel::Stop() {
  stopping_ = true;
  StopIfQuiet();
}

// ---- getting in -------------------------------------------------------------

// Whether a registration or login may begin.
bool CoreModel::BeginAttempt(uint64_t session, uint64_t request) {
  const Seat& seat = seats_[session];
  if (seat.where >= Seat::kEntering) {
    Answer(session, request, "error ALREADY_LOGGED_IN");
    return false;
  }
  if (seat.where == Seat::kWaiting) {
    Answer(session, request, "error INVALID_ARGUMENT");
    return false;
  }
  return true;
}

void CoreModel::Register(uint64_t session, const std::string& alias,
                         const std::string& password) {
  const uint64_t request = BeginAnywhere(session);
  if (request == 0 || !BeginAttempt(session, request)) return;
  if (password.empty()) {
    return Answer(session, request, "error PASSWORD_INVALID");
  }
  seats_[session].where = Seat::kWaiting;
  passwords_.push_back({session, request, true, false, alias, password});
}

void CoreModel::Login(uint64_t session, const std::string& alias,
                      const std::string& password, bool take_over) {
  const uint64_t request = BeginAnywhere(session);
  if (request == 0 || !BeginAttempt(session, request)) return;
  seats_[session].where = Seat::kWaiting;
  passwords_.push_back({session, request, false, take_over, alias, password});
}

void CoreModel::Resume(uint64_t session, DeviceId device, bool take_over,
                       Place place) {
  const uint64_t request = BeginAnywhere(session);
  if (request == 0) return;
  if (!seats_[session].resumes) {
    return Answer(session, request, "error INVALID_ARGUMENT");
  }
  if (!BeginAttempt(session, request)) return;
  if (device == 0) return Answer(session, request, "error TOKEN_INVALID");
  seats_[session].where = Seat::kWaiting;
  Lookup lookup;
  lookup.attempt = {session, request, false, take_over, "", "", device, place};
  lookups_.push_back(lookup);
}

void CoreModel::FinishPassword(size_t index, bool good) {
  const Attempt done = TakeAt(passwords_, index);
  if (done.changes != nullptr) return FinishPasswordChange(done, good);
  const auto account =
      std::find_if(accounts_.begin(), accounts_.end(), [&](const auto& entry) {
        return absl::EqualsIgnoreCase(entry.first, done.alias);
      });
  const bool known = account != accounts_.end();
  if (good && done.registers && !known) MakeAccount(done.alias, done.password);
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
  if (done.outdated) return answer("error BUSY 1000");
  Enter(done, account->first);
}

void CoreModel::FindDevice(const Lookup& lookup, bool good) {
  const Attempt& done = lookup.attempt;
  if (!seats_.contains(done.session)) return;
  seats_[done.session].where = Seat::kStranger;
  const auto answer = [&](const std::string& line) {
    Answer(done.session, done.request, line);
  };
  if (!good) return answer("error UNAVAILABLE 1000");
  const std::string name = OwnerOf(done.device);
  if (name.empty() || logging_out_.contains(done.device)) {
    return answer("error TOKEN_INVALID");
  }
  for (const StayPtr& stay : online_) {
    if (stopping_ || stay->name != name || stay->device != done.device)
      continue;
    if (!stay->joined) return answer("error BUSY 100");
    if (IsUnder(name, false)) return Goodbye(done.session, "BANNED");
    seats_[done.session].where = Seat::kWaiting;
    Happen(
        {Moment::kReturn, Moment::kGood, done.session, done.request, stay, ""});
    moments_.back().attempt = done;
    View(moments_.back(), name);
    return Unfold();
  }
  Enter(done, name);
}

void CoreModel::Enter(const Attempt& attempt, const std::string& name) {
  const auto answer = [&](const std::string& line) {
    Answer(attempt.session, attempt.request, line);
  };
  if (stopping_) return answer("error SERVER_STOPPING");
  if (IsUnder(name, false)) return Goodbye(attempt.session, "BANNED");
  const auto found =
      std::find_if(online_.begin(), online_.end(),
                   [&](const StayPtr& stay) { return stay->name == name; });
  if (found != online_.end()) {
    const StayPtr old = *found;
    if (!attempt.take_over && old->session != 0) {
      return answer("error ALREADY_ONLINE " + name);
    }
    Leave(old, "DISCONNECTED");
    Goodbye(old->session, "TAKEN_OVER");
  }
  const auto stay = std::make_shared<Stay>();
  stay->name = name;
  stay->session = attempt.session;
  stay->device = attempt.device;
  online_.push_back(stay);
  seats_[attempt.session].where = Seat::kEntering;
  seats_[attempt.session].stay = stay;
  stay->resumes = seats_[attempt.session].resumes;
  Lookup lookup;
  lookup.kind = Lookup::kRooms;
  lookup.attempt = attempt;
  lookup.stay = stay;
  lookups_.push_back(lookup);
}

void CoreModel::FindRooms(const Lookup& lookup, bool good) {
  const Attempt& attempt = lookup.attempt;
  const StayPtr& stay = lookup.stay;
  if (stay->gone || stopped_) return;
  if (!good || stopping_) {
    std::erase(online_, stay);
    seats_[attempt.session].where = Seat::kStranger;
    seats_[attempt.session].stay = nullptr;
    return Answer(attempt.session, attempt.request,
                  stopping_ ? "error SERVER_STOPPING" : "error UNAVAILABLE");
  }
  ReconcileAll(stay->name);
  Moment moment{Moment::kJoin,   Moment::kOpen, attempt.session,
                attempt.request, stay,          ""};
  moment.attempt = attempt;
  moment.makes_device = attempt.device == 0 && stay->resumes;
  View(moment, stay->name);
  Happen(moment);
  writes_.push_back(std::make_shared<Write>());
}

// The stay goes on.
void CoreModel::ComeBack(const Moment& moment) {
  const StayPtr& stay = moment.stay;
  Goodbye(stay->session, "TAKEN_OVER");
  stay->session = moment.session;
  stay->away = 0;
  seats_[moment.session].stay = stay;
  seats_[moment.session].where = Seat::kInside;
  Answer(moment.session, moment.request, LoginLine(moment));
  Replay(moment.attempt);
}

std::string CoreModel::LoginLine(const Moment& moment) const {
  const Stay& stay = *moment.stay;
  const auto read = [&](uint64_t room) {
    const auto found = read_.find({stay.name, room});
    return found == read_.end() ? 0 : found->second;
  };
  std::string line =
      absl::StrCat(moment.attempt.place ? "resume " : "login ", stay.name,
                   " rooms=[1 LOBBY 1 ", told_.size(), " ", read(1));
  auto rooms = moment.rooms;
  std::sort(rooms.begin(), rooms.end(), [&](const auto& a, const auto& b) {
    const auto& links = moment.before.links;
    return std::pair(a.second, links.at(a.first).room) >
           std::pair(b.second, links.at(b.first).room);
  });
  for (const auto& [pair, linked] : rooms) {
    const uint64_t room = moment.before.links.at(pair).room;
    const uint64_t told = told_entries_.at(pair);
    if (!linked && read(room) >= told) continue;
    absl::StrAppend(&line, "; ", room, " DIRECT 1 ", told, " ", read(room), " ",
                    pair.first == stay.name ? pair.second : pair.first);
  }
  absl::StrAppend(&line, "]");
  if (stay.device == 0) return line + moment.chats;
  if (!moment.attempt.place) absl::StrAppend(&line, " token-", stay.device);
  absl::StrAppend(&line, " device ", stay.device,
                  moment.kind == Moment::kReturn ? " resumed" : "",
                  moment.chats);
  return line;
}

void CoreModel::Replay(const Attempt& attempt) {
  if (!attempt.place || !attempt.place->known) return;
  for (size_t seq = attempt.place->seq; seq < told_.size(); ++seq) {
    Tell(attempt.session, told_[seq]);
  }
}

// ---- getting out ------------------------------------------------------------

void CoreModel::Logout(uint64_t session) {
  const uint64_t request = BeginInside(session);
  if (request == 0) return;
  seats_[session].logout = request;
  if (seats_[session].pending == 0) LogOut(session, request);
}

void CoreModel::LogOut(uint64_t session, uint64_t request) {
  const StayPtr stay = std::move(seats_[session].stay);
  seats_[session].stay = nullptr;
  seats_[session].where = Seat::kLeaving;
  Leave(stay, "LEFT", request);
}

void CoreModel::Settle(uint64_t session) {
  const auto seat = seats_.find(session);
  if (seat == seats_.end() || --seat->second.pending > 0) return;
  if (seat->second.logout != 0) LogOut(session, seat->second.logout);
}

void CoreModel::FinishLogout(const Write& write, bool good) {
  logging_out_.erase(write.device);
  if (good) devices_[write.device].clear();
  Answer(write.session, write.request,
         good ? "logout" : "error UNAVAILABLE 1000");
  Goodbye(write.session, "LOGGED_OUT");
}

// ---- devices ----------------------------------------------------------------

void CoreModel::ListDevices(uint64_t session) {
  const uint64_t request = BeginInside(session);
  if (request == 0) return;
  Seat& seat = seats_[session];
  ++seat.pending;
  Lookup lookup;
  lookup.kind = Lookup::kDevices;
  lookup.session = session;
  lookup.request = request;
  lookup.name = seat.stay->name;
  lookup.device = seat.stay->device;
  lookups_.push_back(lookup);
}

std::string CoreModel::DevicesLine(const Lookup& lookup) const {
  std::vector<std::string> list;
  for (const auto& [device, owner] : devices_) {
    if (owner != lookup.name) continue;
    list.push_back(absl::StrCat(device, " phone",
                                device == lookup.device ? " current" : ""));
  }
  if (list.empty()) return "list_devices";
  return absl::StrCat("list_devices devices=[", absl::StrJoin(list, " "), "]");
}

void CoreModel::FinishLookup(size_t index, bool good) {
  const Lookup lookup = TakeAt(lookups_, index);
  if (lookup.kind == Lookup::kDevice) return FindDevice(lookup, good);
  if (lookup.kind == Lookup::kAccount) return FindAccount(lookup, good);
  if (lookup.kind == Lookup::kRequest) return FindRequest(lookup, good);
  if (lookup.kind == Lookup::kRooms) return FindRooms(lookup, good);
  const auto answer = [&](const std::string& line) {
    Answer(lookup.session, lookup.request, line);
  };
  answer(good ? DevicesLine(lookup) : "error UNAVAILABLE 1000");
  Settle(lookup.session);
}

void CoreModel::Revoke(uint64_t session, DeviceId device) {
  const uint64_t request = BeginInside(session);
  if (request == 0) return;
  if (device == 0) return Answer(session, request, "error NO_SUCH_DEVICE");
  ++seats_[session].pending;
  Write write;
  write.kind = Write::kRevoke;
  write.session = session;
  write.request = request;
  write.stay = seats_[session].stay;
  write.device = device;
  if (write.stay->device == device) write.ends = {write.stay};
  Ask(write);
}

void CoreModel::FinishRevoke(const Write& write, bool good) {
  const std::string& name = write.stay->name;
  const bool has = OwnerOf(write.device) == name;
  Answer(write.session, write.request,
         !good ? "error UNAVAILABLE 1000"
         : has ? "revoke_device"
               : "error NO_SUCH_DEVICE");
  if (good && has) devices_[write.device].clear();
  Settle(write.session);
  refused_ = !has;
  if (!good || !has) return;
  for (const StayPtr& stay : std::vector<StayPtr>(online_)) {
    if (stay->name != name || stay->device != write.device) continue;
    const uint64_t session = stay->session;
    Leave(stay, "DISCONNECTED");
    Goodbye(session, "DEVICE_REVOKED");
  }
}

}  // namespace chat77::server
