// What the tests of Timeline have in common.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/core/timeline.h"

namespace chat77::client {

inline pb::RoomState At(uint64_t epoch, uint64_t seq, uint64_t read = 0) {
  pb::RoomState state;
  state.set_epoch(epoch);
  state.set_seq(seq);
  state.set_read(read);
  return state;
}

inline pb::Said Said(uint64_t seq, const std::string& alias = "bob") {
  pb::Said said;
  said.set_seq(seq);
  said.set_alias(alias);
  return said;
}

inline pb::FetchHistoryReply Page(std::vector<uint64_t> seqs,
                                  bool more = false) {
  pb::FetchHistoryReply page;
  for (uint64_t seq : seqs) *page.add_messages() = Said(seq);
  page.set_more(more);
  return page;
}

class TimelineTest : public ::testing::Test {
 protected:
  std::optional<uint64_t> Login(uint64_t epoch, uint64_t seq,
                                uint64_t read = 0) {
    return After(room_.OnLogin(At(epoch, seq, read), events_));
  }
  std::optional<uint64_t> Resume(uint64_t epoch, uint64_t seq) {
    return After(room_.OnResume(At(epoch, seq), events_));
  }
  std::optional<uint64_t> Turn(const pb::FetchHistoryReply& page) {
    return After(room_.OnPage(page, "ann", events_));
  }
  std::optional<uint64_t> Miss(uint64_t from, uint64_t to) {
    pb::Missed missed;
    missed.set_from_seq(from);
    missed.set_to_seq(to);
    return After(room_.OnMissed(missed, events_));
  }
  std::optional<uint64_t> Hear(uint64_t seq) {
    return After(room_.OnEntry(Said(seq), 1, "ann", events_));
  }
  std::optional<uint64_t> Own(uint64_t seq) {
    return After(room_.OnSayReply(Said(seq, "ann"), 1, events_));
  }
  std::optional<uint64_t> Refuse() {
    return After(room_.OnSayRefused(events_));
  }

  // What was told since the last call: "7", "7 late", "gap 2-5", "caught up 3",
  // "restarted".
  std::vector<std::string> Told() {
    std::vector<std::string> told;
    for (const Event& event : std::exchange(events_, {})) {
      if (auto* said = std::get_if<RoomSaid>(&event)) {
        told.push_back(std::to_string(said->said.seq()) +
                       (said->own ? " own" : "") + (said->late ? " late" : ""));
      } else if (auto* text = std::get_if<PrivateText>(&event)) {
        EXPECT_EQ(text->alias, "Bob");
        told.push_back(std::to_string(text->said.seq()) +
                       (text->own ? " own" : "") + (text->late ? " late" : ""));
      } else if (auto* gap = std::get_if<Gap>(&event)) {
        told.push_back("gap " + std::to_string(gap->from_seq) + "-" +
                       std::to_string(gap->to_seq));
      } else if (auto* caught_up = std::get_if<CaughtUp>(&event)) {
        told.push_back("caught up " + std::to_string(caught_up->count));
      } else {
        told.push_back("restarted");
      }
    }
    return told;
  }

  Timeline room_{0};
  std::vector<Event> events_;

  // The position asked for.
  std::optional<uint64_t> After(
      const std::optional<pb::FetchHistory>& fetch) const {
    if (!fetch) return std::nullopt;
    EXPECT_EQ(fetch->room(), room_.room());
    return fetch->after_seq();
  }
};

}  // namespace chat77::client
