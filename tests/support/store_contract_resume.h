// The second part of tests/support/store_contract.h: what resuming needs.
// Devices, remembered requests, and the start of a server.
#pragma once

#include <limits>

#include "proto/limits.h"
#include "tests/support/store_contract.h"

namespace chat77::store {

class StoreContractResume : public StoreContract {
 protected:
  static constexpr AccountId kAnn = 1;
  static constexpr AccountId kBob = 2;
  static constexpr int64_t kWeek = int64_t{7} * 24 * 3600 * 1000;

  StoreContractResume() {
    Open();
    Commit({CreateAccount{Ann()}, CreateAccount{{.alias = "Bob",
                                                 .key = "bob",
                                                 .password_hash = "h",
                                                 .created_at = At(1)}}});
  }

  static std::string Hash(int number) {
    std::string hash(32, '\0');
    hash[5] = static_cast<char>(number);
    hash[31] = '\xff';
    return hash;
  }

  static RecordLogin LoginWith(AccountId account, const std::string& hash,
                               int64_t ms) {
    return {.alias = account == kAnn ? "Ann" : "Bob",
            .address = "::1",
            .port = 1,
            .time = At(ms),
            .account = account,
            .token_hash = hash,
            .software = "test/1"};
  }

  static RecordLogin Resuming(AccountId account, DeviceId device, int64_t ms) {
    RecordLogin login = LoginWith(account, "", ms);
    login.device = device;
    return login;
  }

  // An open connection without a device, and with one.
  ConnectionId Enter(int64_t ms = 1) {
    return CommitOne(Login("x", ms)).connection;
  }
  Written EnterWith(AccountId account, int number, int64_t ms = 1) {
    return CommitOne(LoginWith(account, Hash(number), ms));
  }

  // Behind what was said before.
  AppendMessage SayAs(RequestKey key, const std::string& text,
                      int64_t ms = 5000) {
    return {{.room = kLobby,
             .seq = ++said_,
             .time = At(ms),
             .alias = "ann",
             .text = text,
             .account = key.account},
            key.message_id};
  }

  // Ann asks Bob.
  static SetLink Ask(RequestKey key) {
    return {.link = {.first = kAnn,
                     .second = kBob,
                     .state = LinkState::kAsked,
                     .hidden = false,
                     .bound = false,
                     .asked_at = At(6000),
                     .room = {}},
            .entry = std::nullopt,
            .request = key,
            .answer = "",
            .time = At(6000)};
  }

  std::vector<DeviceId> Numbers(AccountId account) {
    std::vector<DeviceId> numbers;
    const auto devices = store_->Devices(account).value();
    for (const Device& device : devices) numbers.push_back(device.number);
    return numbers;
  }

  bool Known(int number, absl::Time now = At(1)) {
    const auto device = store_->FindDevice(Hash(number), now);
    EXPECT_TRUE(device.ok() || absl::IsNotFound(device.status()))
        << device.status();
    return device.ok();
  }
};

TEST_P(StoreContractResume, LoginMakesADevice) {
  const auto written = CommitAlone(LoginWith(kAnn, Hash(1), 2000));
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_TRUE(written->device);
  const Device expected{.number = written->device,
                        .account = kAnn,
                        .alias = "Ann",
                        .software = "test/1",
                        .created_at = At(2000),
                        .used_at = At(2000)};
  EXPECT_EQ(store_->FindDevice(Hash(1), At(2000)).value(), expected);
  EXPECT_THAT(store_->Devices(kAnn).value(), ElementsAre(expected));
  EXPECT_THAT(store_->Devices(kBob).value(), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(store_->FindDevice(Hash(2), At(2000)).status()));
}

TEST_P(StoreContractResume, LoginWithoutToken) {
  EXPECT_FALSE(CommitOne(LoginWith(kAnn, "", 1)).device);
  EXPECT_THAT(Numbers(kAnn), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(store_->FindDevice("", At(1)).status()));
}

TEST_P(StoreContractResume, ResumeUsesTheDevice) {
  const DeviceId device = EnterWith(kAnn, 1, 1000).device;
  const auto resumed = CommitAlone(Resuming(kAnn, device, 9000));
  ASSERT_TRUE(resumed.ok()) << resumed.status();
  EXPECT_EQ(resumed->device, device);
  EXPECT_GT(resumed->connection, ConnectionId(1));
  const Device found = store_->FindDevice(Hash(1), At(9000)).value();
  EXPECT_EQ(found.created_at, At(1000));
  EXPECT_EQ(found.used_at, At(9000));
}

TEST_P(StoreContractResume, ResumeOfNothingLeavesNoTrace) {
  const DeviceId device = EnterWith(kAnn, 1).device;
  for (const auto& login : {Resuming(kAnn, 2, 1), Resuming(kBob, device, 1),
                            Resuming(kAnn, -1, 1)}) {
    EXPECT_TRUE(absl::IsNotFound(CommitAlone(login).status()));
  }
  EXPECT_EQ(store_->AllConnections()->size(), 1u);
}

TEST_P(StoreContractResume, RefusedDeviceLeavesNoTrace) {
  EnterWith(kAnn, 1);
  EXPECT_TRUE(
      absl::IsAlreadyExists(CommitAlone(LoginWith(kBob, Hash(1), 1)).status()));
  EXPECT_TRUE(
      absl::IsNotFound(CommitAlone(LoginWith(77, Hash(2), 1)).status()));
  EXPECT_EQ(store_->AllConnections()->size(), 1u);
  EXPECT_THAT(Numbers(kBob), IsEmpty());
  EXPECT_FALSE(Known(2));
}

TEST_P(StoreContractResume, DeviceLivesFromItsLastUse) {
  const DeviceId device = EnterWith(kAnn, 1, 1000).device;
  const absl::Time end = At(1000) + wire::kDeviceLife;
  EXPECT_TRUE(Known(1, end - absl::Milliseconds(1)));
  EXPECT_FALSE(Known(1, end));
  CommitOne(Resuming(kAnn, device, 1000 + kWeek));
  EXPECT_TRUE(Known(1, end));
}

TEST_P(StoreContractResume, OneDeviceTooManyDropsTheOldest) {
  const int most = wire::kDevicesPerUser;
  const DeviceId kept = EnterWith(kAnn, 0, 1).device;
  const Written oldest = EnterWith(kAnn, 1, 2);
  for (int i = 2; i < most; ++i) EnterWith(kAnn, i, 3);
  EnterWith(kBob, 100, 1);
  CommitOne(Resuming(kAnn, kept, 4));
  EXPECT_EQ(Numbers(kAnn).size(), wire::kDevicesPerUser);
  EnterWith(kAnn, most, 5);
  EXPECT_EQ(Numbers(kAnn).size(), wire::kDevicesPerUser);
  EXPECT_FALSE(Known(1));
  for (const int number : {0, 2, most, 100}) EXPECT_TRUE(Known(number));
  // Its connection stays open but cannot be resumed.
  const std::vector<Stay> stays = store_->OpenStays().value();
  for (const Stay& stay : stays) {
    EXPECT_NE(stay.connection, oldest.connection);
  }
  CommitOne(RecordLogout{oldest.connection, At(6), "exit"});
}

TEST_P(StoreContractResume, NewestDeviceIsNeverTheOneDropped) {
  for (int i = 0; i < static_cast<int>(wire::kDevicesPerUser); ++i) {
    EnterWith(kAnn, i, 1000);
  }
  EnterWith(kAnn, 99, 1);  // the clock went back
  EXPECT_TRUE(Known(99));
  EXPECT_FALSE(Known(0));
}

TEST_P(StoreContractResume, NumbersAreNeverUsedAgain) {
  const DeviceId first = EnterWith(kAnn, 1).device;
  CommitOne(RevokeDevice{kAnn, first});
  EXPECT_GT(EnterWith(kAnn, 2).device, first);
}

TEST_P(StoreContractResume, RevokedDeviceIsGone) {
  const Written ann = EnterWith(kAnn, 1);
  EXPECT_TRUE(
      absl::IsNotFound(CommitAlone(RevokeDevice{kBob, ann.device}).status()));
  EXPECT_TRUE(Known(1));
  CommitOne(RevokeDevice{kAnn, ann.device});
  EXPECT_FALSE(Known(1));
  EXPECT_THAT(Numbers(kAnn), IsEmpty());
  EXPECT_THAT(store_->OpenStays().value(), IsEmpty());
  EXPECT_TRUE(
      absl::IsNotFound(CommitAlone(RevokeDevice{kAnn, ann.device}).status()));
  EXPECT_TRUE(
      absl::IsNotFound(CommitAlone(Resuming(kAnn, ann.device, 2)).status()));
  CommitOne(RecordLogout{ann.connection, At(3), "exit"});
}

TEST_P(StoreContractResume, LogoutMayEndTheDevice) {
  const Written first = EnterWith(kAnn, 1);
  const Written second = EnterWith(kAnn, 2);
  CommitOne(RecordLogout{first.connection, At(3), "disconnected"});
  CommitOne(RecordLogout{second.connection, At(3), "exit", true});
  EXPECT_TRUE(Known(1));
  EXPECT_FALSE(Known(2));
  CommitOne(RecordLogout{Enter(), At(4), "exit", true});
}

TEST_P(StoreContractResume, RepeatedMessageIsWrittenOnce) {
  const RequestKey key{kAnn, 0xfedcba9876543210};
  AppendMessage hello = SayAs(key, "hello", 5000);
  hello.answer = std::string("\0yes\xff", 5);
  EXPECT_EQ(CommitAlone(hello).value(),
            (Written{.seq = 1, .time = At(5000), .answer = hello.answer}));
  CommitOne(Say("between"));
  AppendMessage again = hello;
  again.message.time = At(9000);
  again.answer = "another";
  EXPECT_EQ(CommitAlone(again).value(), (Written{.seq = 1,
                                                 .repeated = true,
                                                 .time = At(5000),
                                                 .answer = hello.answer}));
  EXPECT_THAT(Seqs(Read({.limit = 9})), ElementsAre(1, 2));
  EXPECT_EQ(CommitOne(Say("after")).seq, 3);
  EXPECT_EQ(
      store_->FindRequest(key).value(),
      (RememberedRequest{.seq = 1, .time = At(5000), .answer = hello.answer}));
}

TEST_P(StoreContractResume, RepeatedInOneCommit) {
  const AppendMessage first = SayAs({kAnn, 7}, "a");
  const auto results =
      Commit({first, first, SayAs({kBob, 7}, "b"), SayAs({kAnn, 8}, "c")});
  EXPECT_TRUE(results[1]->repeated);
  EXPECT_EQ(results[1]->seq, 1);
  EXPECT_EQ(results[2]->seq, 2);
  EXPECT_EQ(results[3]->seq, 3);
}

TEST_P(StoreContractResume, WithoutMessageIdNothingIsRemembered) {
  const auto results = Commit({SayAs({kAnn, 0}, "a"), SayAs({kAnn, 0}, "b")});
  EXPECT_EQ(results[1]->seq, 2);
  EXPECT_TRUE(absl::IsNotFound(store_->FindRequest({kAnn, 0}).status()));
}

TEST_P(StoreContractResume, MessagesNameTheirAuthors) {
  Commit({SayAs({kAnn, 7}, "a"), SayAs({kBob, 0}, "b"), SayAs({0, 0}, "c")});
  CommitOne(SayAs({kBob, 7}, "d"));
  for (const HistoryQuery& query :
       {HistoryQuery{.after_seq = 0, .limit = 9}, HistoryQuery{.limit = 9}}) {
    std::vector<AccountId> authors;
    for (const Message& message : Read(query).messages) {
      authors.push_back(message.account);
    }
    EXPECT_THAT(authors, ElementsAre(kAnn, kBob, AccountId(), kBob));
  }
}

TEST_P(StoreContractResume, RefusedRequestIsNotRemembered) {
  const RequestKey key{kAnn, 7};
  const AppendMessage say = SayAs(key, "a");
  AppendMessage nowhere = say;
  nowhere.message.room = 99;
  EXPECT_TRUE(absl::IsNotFound(CommitAlone(nowhere).status()));
  SetLink nobody = Ask(key);
  nobody.link.second = 99;
  EXPECT_TRUE(absl::IsNotFound(CommitAlone(nobody).status()));
  EXPECT_TRUE(absl::IsNotFound(store_->FindRequest(key).status()));
  const auto said = CommitAlone(say);
  EXPECT_EQ(said->seq, 1);
  EXPECT_FALSE(said->repeated);
}

TEST_P(StoreContractResume, HighestMessageIdIsOfOneAccount) {
  constexpr uint64_t kTop = std::numeric_limits<uint64_t>::max();
  EXPECT_EQ(store_->HighestMessageId(kAnn).value(), 0);
  Commit({SayAs({kAnn, 7}, "a"), SayAs({kAnn, 5}, "b"), SayAs({kBob, 9}, "c"),
          SayAs({kAnn, 0}, "d")});
  EXPECT_EQ(store_->HighestMessageId(kAnn).value(), 7);
  EXPECT_EQ(store_->HighestMessageId(kBob).value(), 9);
  Commit({SayAs({kAnn, kTop - 1}, "e"), SayAs({kAnn, 8}, "f")});
  EXPECT_EQ(store_->HighestMessageId(kAnn).value(), kTop - 1);
}

// Together with what was written before it, also in the same commit.
TEST_P(StoreContractResume, LoginReturnsTheHighestMessageId) {
  const auto written =
      Commit({LoginWith(kBob, "", 1), SayAs({kBob, 4}, "a"),
              LoginWith(kBob, Hash(1), 2), LoginWith(kAnn, "", 3)});
  EXPECT_EQ(written.at(0)->highest_message_id, 0);
  EXPECT_EQ(written.at(2)->highest_message_id, 4);
  EXPECT_EQ(written.at(3)->highest_message_id, 0);
}

TEST_P(StoreContractResume, StartFindsStays) {
  Enter(1000);
  const Written ann = EnterWith(kAnn, 1, 2000), bob = EnterWith(kBob, 2, 3000);
  const ConnectionId anns = ann.connection, bobs = bob.connection;
  const Written left = EnterWith(kBob, 3, 3000);
  CommitOne(RecordLogout{left.connection, At(3500), "exit"});
  EXPECT_THAT(store_->OpenStays().value(),
              ElementsAre(Stay{anns, kAnn, ann.device, "Ann", At(2000)},
                          Stay{bobs, kBob, bob.device, "Bob", At(3000)}));
  EXPECT_EQ(store_->CloseOpenConnections(At(9000), "server stopped").value(),
            1);
  EXPECT_EQ(store_->OpenStays()->size(), 2u);
  const auto connections = store_->AllConnections().value();
  EXPECT_EQ(connections.at(0).reason, "server stopped");
  EXPECT_FALSE(connections.at(1).logout_time.has_value());
}

TEST_P(StoreContractResume, TidyForgetsOldRequests) {
  const int64_t end = absl::ToInt64Milliseconds(wire::kRequestMemory);
  Commit({SayAs({kAnn, 1}, "a", 1000), SayAs({kAnn, 2}, "b", 2000),
          SayAs({kAnn, 3}, "c", 3000)});
  EXPECT_EQ(store_->Tidy(At(1000 + end)).value(), 0);
  EXPECT_EQ(store_->Tidy(At(2000 + end)).value(), 1);
  EXPECT_TRUE(absl::IsNotFound(store_->FindRequest({kAnn, 1}).status()));
  EXPECT_TRUE(store_->FindRequest({kAnn, 2}).ok());
  EXPECT_EQ(store_->Tidy(At(9000 + end)).value(), 2);
  EXPECT_EQ(CommitOne(SayAs({kAnn, 1}, "a", 9000 + end)).seq, 4);
  EXPECT_EQ(Read({.limit = 9}).messages.size(), 4u);
}

TEST_P(StoreContractResume, TidyEndsOldDevices) {
  const Written ann = EnterWith(kAnn, 1, 1000);
  const Written bob = EnterWith(kBob, 2, 2000);
  Commit({RecordLogout{ann.connection, At(3000), "disconnected"},
          RecordLogout{bob.connection, At(3000), "disconnected"}});
  const absl::Time end = At(1000) + wire::kDeviceLife;
  EXPECT_EQ(store_->Tidy(end - absl::Milliseconds(1)).value(), 0);
  EXPECT_EQ(store_->Tidy(end).value(), 1);
  EXPECT_THAT(Numbers(kAnn), IsEmpty());
  EXPECT_EQ(Numbers(kBob).size(), 1u);
}

TEST_P(StoreContractResume, TidyKnowsThatWhoIsOnlineUsesTheirDevice) {
  const Written ann = EnterWith(kAnn, 1, 1000);
  EXPECT_EQ(store_->Tidy(At(999) + kDeviceUse).value(), 0);
  EXPECT_EQ(store_->Tidy(At(1000) + kDeviceUse).value(), 1);
  EXPECT_EQ(store_->Tidy(At(1001) + kDeviceUse).value(), 0);
  EXPECT_EQ(store_->Devices(kAnn)->at(0).used_at, At(1000) + kDeviceUse);
  // Even if nobody looked for so long.
  const absl::Time late = At(0) + 3 * wire::kDeviceLife;
  EXPECT_EQ(store_->Tidy(late).value(), 1);
  EXPECT_TRUE(Known(1, late));
  EXPECT_EQ(store_->OpenStays()->size(), 1u);
  CommitOne(RecordLogout{ann.connection, late, "disconnected"});
  EXPECT_EQ(store_->Tidy(late + wire::kDeviceLife).value(), 1);
  EXPECT_FALSE(Known(1, late));
}

TEST_P(StoreContractResume, TidyTakesAFewAtATime) {
  std::vector<Write> writes;
  const int many = kTidyRows + 20;
  writes.reserve(many);
  for (int i = 1; i <= many; ++i) {
    writes.push_back(SayAs({kAnn, static_cast<uint64_t>(i)}, "a", 1));
  }
  Commit(writes);
  const Written ann = EnterWith(kAnn, 1, 1);
  CommitOne(RecordLogout{ann.connection, At(2), "disconnected"});
  const absl::Time late = At(2) + wire::kDeviceLife;
  EXPECT_EQ(store_->Tidy(late).value(), kTidyRows);
  EXPECT_EQ(store_->Tidy(late).value(), 21);
  EXPECT_EQ(store_->Tidy(late).value(), 0);
}

// The wall clock was a day behind when it was written, and far ahead.
TEST_P(StoreContractResume, WhatIsForgottenIsByTheCalendar) {
  const absl::Time now = At(0) + wire::kRequestMemory + wire::kDeviceLife;
  for (const auto& [number, step] :
       {std::pair(1, -wire::kDeviceLife), std::pair(2, wire::kDeviceLife)}) {
    const auto id = static_cast<uint64_t>(number);
    AppendMessage say = SayAs({kAnn, id}, "a");
    SetLink ask = Ask({kBob, id});
    RecordLogin login = LoginWith(kAnn, Hash(number), 1);
    say.message.time = ask.time = login.time = now + step;
    say.at = ask.at = login.at = now;
    const auto results = Commit({say, ask, login});
    EXPECT_EQ(results[0]->time, now + step) << "what people read";
    EXPECT_EQ(store_->AllConnections()->back().login_time, now + step);
    CommitOne(RecordLogout{results[2]->connection, now + step, "exit"});
  }
  EXPECT_EQ(store_->Devices(kAnn)->at(0).used_at, now);
  EXPECT_EQ(store_->Tidy(now + wire::kRequestMemory).value(), 0);
  EXPECT_EQ(store_->FindRequest({kAnn, 1})->time, now - wire::kDeviceLife);
  EXPECT_TRUE(Known(1, now + wire::kRequestMemory));
  const absl::Time later = now + wire::kRequestMemory + absl::Seconds(1);
  EXPECT_EQ(store_->Tidy(later).value(), 4);
  EXPECT_EQ(store_->Tidy(now + wire::kDeviceLife).value(), 2);
}

TEST_P(StoreContractResume, NewestTimeIsOfDevicesAndRequests) {
  EXPECT_EQ(store_->NewestTime().value(), absl::InfinitePast());
  Commit({Say("hello")});
  Enter(99000);
  EXPECT_EQ(store_->NewestTime().value(), absl::InfinitePast());
  EnterWith(kAnn, 1, 2000);
  EnterWith(kBob, 2, 1000);
  EXPECT_EQ(store_->NewestTime().value(), At(2000));
  AppendMessage say = SayAs({kAnn, 1}, "a", 99000);
  say.at = At(3000);
  CommitOne(say);
  EXPECT_EQ(store_->NewestTime().value(), At(3000));
  RecordLogin again = Resuming(kAnn, Numbers(kAnn).at(0), 99000);
  again.at = At(4000);
  CommitOne(again);
  EXPECT_EQ(store_->NewestTime().value(), At(4000));
}

}  // namespace chat77::store
