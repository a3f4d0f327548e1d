#include "tests/simulation/room_checker.h"

#include <utility>
#include <variant>

#include "tests/simulation/sim_client.h"

namespace chat77::simulation {
namespace {

// Texts may be long; their beginnings are all different.
std::string Short(const std::string& text) { return text.substr(0, 24); }

}  // namespace

void RoomChecker::OnDurable(const store::Write& write,
                            const store::WriteResult& result) {
  if (const auto* login = std::get_if<store::RecordLogin>(&write)) {
    account_of_[login->alias] = login->account;
  }
  const auto* append = std::get_if<store::AppendMessage>(&write);
  if (append == nullptr || !result.ok() || result->repeated) return;
  const store::Message& message = append->message;
  if (message.room != kLobby) return;
  const uint64_t seq = message.seq;
  if (seq != stored_.size() + 1) {
    return context_.Fail("2", "the server gave \"", Short(message.text),
                         "\" the place ", seq, " behind ", stored_.size(), ".");
  }
  if (message.account != account_of_[message.alias]) {
    context_.Fail("2", message.alias, "'s \"", Short(message.text), "\" at ",
                  seq, " is stored as a message of account ", message.account,
                  ".");
  }
  stored_.push_back({message.alias, message.text});
  if (!seq_of_.emplace(message.text, seq).second) {
    context_.Fail("3", "\"", Short(message.text), "\" is stored at ",
                  seq_of_[message.text], " and again at ", seq, ".");
  }
}

// What was committed and not told is told by history.
void RoomChecker::OnServerStarted(const SimServer&) { told_ = stored_.size(); }

void RoomChecker::ExpectStored(const std::string& who, const pb::Said& said) {
  const uint64_t seq = said.seq();
  if (seq == 0 || seq > stored_.size()) {
    return context_.Fail("1", who, " has \"", Short(said.text()), "\" at ", seq,
                         ", but only ", stored_.size(), " are stored.");
  }
  const Stored& stored = stored_[seq - 1];
  if (stored.alias != said.alias() || stored.text != said.text()) {
    context_.Fail("2", who, " has ", said.alias(), "'s \"", Short(said.text()),
                  "\" at ", seq, ", but stored there is ", stored.alias,
                  "'s \"", Short(stored.text), "\".");
  }
}

void RoomChecker::OnServerSends(server::SessionId to,
                                const pb::ServerFrame& frame) {
  if (frame.has_say() && frame.say().seq() > stored_.size()) {
    context_.Fail("1", "the server acknowledges place ", frame.say().seq(),
                  " to connection ", to.value, ", but only ", stored_.size(),
                  " are stored.");
  }
}

void RoomChecker::OnServerTells(const pb::ServerFrame& frame) {
  if (!frame.has_said()) return;
  ExpectStored("the server", frame.said());
  const uint64_t seq = frame.said().seq();
  if (seq != told_ + 1) {
    context_.Fail("2", "the server tells ", seq, " after ", told_, ".");
  }
  told_ = seq;
}

void RoomChecker::OnClientStarted(const SimClient& client) {
  readers_[client.device().name] = {};
}

void RoomChecker::OnReplied(const SimClient& client,
                            const pb::ClientFrame& request,
                            const pb::ServerFrame& reply) {
  if (request.has_say() && reply.has_say()) {
    context_.Count("says");
    pb::Said said;
    said.set_seq(reply.say().seq());
    said.set_alias(client.alias());
    said.set_text(request.say().text());
    ExpectStored(client.device().name, said);
  } else if (request.has_say() && reply.error().code() == pb::UNAVAILABLE &&
             seq_of_.contains(request.say().text())) {
    // Its first try was stored, the answer lost, and the second one refused.
    context_.Count("refused_but_stored");
  } else if (reply.has_fetch_history()) {
    uint64_t last = 0;
    for (const pb::Said& said : reply.fetch_history().messages()) {
      ExpectStored(client.device().name, said);
      if (said.seq() <= last) {
        context_.Fail("2", client.device().name,
                      " got a page of history that does not ascend at ",
                      said.seq(), ".");
      }
      last = said.seq();
    }
  }
}

void RoomChecker::Cover(const SimClient& client, uint64_t from, uint64_t to) {
  Reader& reader = readers_[client.device().name];
  if (!reader.knows || to <= reader.begun_at) return;
  if (from > reader.covered + 1) {
    context_.Fail("2", client.device().name, " was shown ", from,
                  " but nothing of ", reader.covered + 1, ".");
  }
  reader.covered = std::max(reader.covered, to);
}

void RoomChecker::On(const SimClient& client, const client::RoomSaid& shown) {
  const pb::Said& said = shown.said;
  Reader& reader = readers_[client.device().name];
  ExpectStored(client.device().name, said);
  if (said.seq() <= reader.last_shown) {
    context_.Fail("2", client.device().name, " was shown ", said.seq(),
                  " after ", reader.last_shown, ".");
  }
  reader.last_shown = said.seq();
  if (shown.own != (said.alias() == client.alias())) {
    context_.Fail("2", client.device().name, " takes the words of ",
                  said.alias(), " at ", said.seq(), " for its own, or not.");
  }
  Cover(client, said.seq(), said.seq());
}

void RoomChecker::OnEvent(const SimClient& client, const client::Event& event) {
  if (const auto* online = std::get_if<client::Online>(&event)) {
    Reader& reader = readers_[client.device().name];
    if (!online->again && !online->rooms.empty() && !reader.knows) {
      reader.knows = true;
      reader.begun_at = reader.covered = online->rooms[0].seq();
    }
  } else if (const auto* said = std::get_if<client::RoomSaid>(&event)) {
    On(client, *said);
  } else if (const auto* gap = std::get_if<client::Gap>(&event)) {
    context_.Count("gaps");
    if (gap->room == wire::kLobby) {
      return Cover(client, gap->from_seq, gap->to_seq);
    }
    context_.Fail("2", client.device().name, " cannot have entries ",
                  gap->from_seq, " to ", gap->to_seq, " of a direct room.");
  } else if (std::holds_alternative<client::Restarted>(event)) {
    context_.Fail("2", client.device().name, " believes the room began anew.");
  } else if (std::holds_alternative<client::CaughtUp>(event)) {
    context_.Count("caught_up");
  } else if (std::holds_alternative<pb::Missed>(event)) {
    context_.Count("missed");
  }
}

bool RoomChecker::HasAll(const SimClient& client) const {
  const auto reader = readers_.find(client.device().name);
  return reader != readers_.end() && reader->second.knows &&
         reader->second.covered == stored_.size();
}

void RoomChecker::AtRest() { context_.Count("stored", stored_.size()); }

}  // namespace chat77::simulation
