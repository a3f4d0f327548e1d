#include "server/storage/storage.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "proto/limits.h"
#include "server/storage/restore.h"
#include "store/legacy_json/whole_file.h"
#include "tests/support/faulty_store.h"
#include "tests/support/temp_folder.h"

namespace chat77::server {
namespace {

using test::FaultyStore;

const Moment kNow{absl::FromUnixSeconds(1'700'000'000),
                  SteadyTime() + absl::Hours(1)};

const Calendar kCalendar(kNow);

// The token of an event that answers an effect.
struct TokenOf {
  template <class Event>
  Token operator()(const Event& event) const {
    if constexpr (requires { event.token; }) return event.token;
    return {};
  }
};

class StorageTest : public testing::Test {
 protected:
  explicit StorageTest(
      const std::string& legacy_json = "",
      store::PasswordCost password_cost = store::PasswordCost::kMin) {
    auto store = std::make_unique<FaultyStore>();
    store_ = store.get();
    EXPECT_TRUE(store_->OpenLobby().ok());
    store::Reader& reader = *store_->OpenReader(1 << 20).value();
    storage_ = std::make_unique<Storage>(
        std::move(store), reader,
        StorageOptions{password_cost, legacy_json, "", kCalendar},
        [this](std::vector<Event> events) {
          const std::lock_guard lock(mutex_);
          ++reports_;
          for (Event& event : events) events_.push_back(std::move(event));
          came_.notify_all();
        });
  }

  // The event with this token; fails the test if it does not come.
  template <class What>
  What Await(uint64_t token) {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, std::chrono::seconds(30),
                        [&] { return Find(token) != events_.end(); })) {
      ADD_FAILURE() << "no report for token " << token;
      return What{Token{token}, absl::UnknownError("no report")};
    }
    return std::get<What>(*Find(token));
  }
  std::vector<Event>::iterator Find(uint64_t token) {
    return std::find_if(events_.begin(), events_.end(),
                        [&](const Event& event) {
                          return std::visit(TokenOf{}, event).value == token;
                        });
  }
  size_t reports() {
    const std::lock_guard lock(mutex_);
    return events_.size();
  }

  // As in a turn of the loop with nothing else in it.
  template <class Effect>
  void Do(Effect effect) {
    storage_->Do(std::move(effect));
    storage_->HandOver();
  }
  absl::Status Register(uint64_t token, const std::string& alias) {
    Do(CreateAccount{Token{token}, alias, alias, "secret", kNow});
    return Await<AccountCreated>(token).status;
  }
  absl::StatusOr<std::string> Check(uint64_t token, const std::string& key,
                                    const std::string& password) {
    Do(CheckPassword{Token{token}, key, password});
    auto account = Await<PasswordChecked>(token).account;
    if (!account.ok()) return account.status();
    return account->alias;
  }
  // What `account` says behind all that was said, in a room.
  Entry Next(const std::string& text, AccountId account = {},
             RoomId room = kLobby) {
    return {room, ++said_[room], pb::TEXT, account, "ann", text};
  }
  void Say(uint64_t token, const std::string& text) {
    Do(Append{Token{token}, Next(text), kNow});
  }

  // The commit thread has done the tasks it was given: between two commits it
  // does one. Uses two tokens.
  void AwaitTasks(uint64_t token) {
    for (uint64_t i = 0; i < 2; ++i) {
      Do(RecordLogout{Token{token + i}, 0, "", kNow.wall});
      Await<Committed>(token + i);
    }
  }

  FaultyStore* store_ = nullptr;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Event> events_;
  size_t reports_ = 0;  // that brought them
  std::map<RoomId, uint64_t> said_;
  std::unique_ptr<Storage> storage_;
};

TEST_F(StorageTest, RegistersOnceAndChecksPasswords) {
  EXPECT_TRUE(Register(1, "ann").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Register(2, "ann")));
  EXPECT_EQ(Check(3, "ann", "secret").value_or("refused"), "ann");
}

TEST_F(StorageTest, WrongPasswordAndUnknownAliasLookTheSame) {
  ASSERT_TRUE(Register(1, "ann").ok());
  const auto wrong = Check(2, "ann", "guess");
  const auto unknown = Check(3, "nobody", "guess");
  EXPECT_TRUE(absl::IsUnauthenticated(wrong.status()));
  EXPECT_EQ(unknown.status(), wrong.status());
  // Nobody has the password of the hash that unknown names are checked by.
  EXPECT_FALSE(Check(4, "nobody", "").ok());
}

TEST_F(StorageTest, AFloodOfLoginsIsToldAndNothingIsLost) {
  constexpr uint64_t kFlood = 1000;
  for (uint64_t token = 1; token <= kFlood; ++token) {
    Do(CheckPassword{Token{token}, "nobody", "guess"});
  }
  size_t busy = 0;
  for (uint64_t token = 1; token <= kFlood; ++token) {
    const auto alias = Await<PasswordChecked>(token).account;
    ASSERT_FALSE(alias.ok());
    busy += absl::IsResourceExhausted(alias.status()) ? 1 : 0;
  }
  EXPECT_GT(busy, 0u);
  EXPECT_EQ(reports(), kFlood);
  EXPECT_TRUE(
      absl::IsUnauthenticated(Check(kFlood + 1, "nobody", "guess").status()));
}

TEST_F(StorageTest, AFloodOfRegistrationsIsToldAndNothingIsLost) {
  constexpr uint64_t kFlood = 1000;
  for (uint64_t token = 1; token <= kFlood; ++token) {
    const std::string alias = "a" + std::to_string(token);
    Do(CreateAccount{Token{token}, alias, alias, "secret", kNow});
  }
  for (uint64_t token = 1; token <= kFlood; ++token) {
    const absl::Status status = Await<AccountCreated>(token).status;
    EXPECT_TRUE(status.ok() || absl::IsResourceExhausted(status)) << status;
  }
  EXPECT_EQ(reports(), kFlood);
}

TEST_F(StorageTest, QuickChecksAreReportedTogether) {
  constexpr uint64_t kChecks = PasswordWorker::kQueue;
  size_t reports = 0;
  // On a machine with other things to do even these checks may be slow ones.
  for (uint64_t base = 0; base < 50 * kChecks; base += kChecks) {
    {
      const std::lock_guard lock(mutex_);
      reports_ = 0;
    }
    for (uint64_t token = base + 1; token <= base + kChecks; ++token) {
      storage_->Do(CheckPassword{Token{token}, "nobody", "guess"});
    }
    storage_->HandOver();
    for (uint64_t token = base + 1; token <= base + kChecks; ++token) {
      ASSERT_TRUE(absl::IsUnauthenticated(
          Await<PasswordChecked>(token).account.status()));
    }
    const std::lock_guard lock(mutex_);
    reports = reports_;
    if (reports <= kChecks / 4) break;
  }
  EXPECT_LE(reports, kChecks / 4);
}

// What began is reported, also while the pool is being stopped.
TEST_F(StorageTest, EndReportsTheChecksThatHadBegun) {
  for (uint64_t round = 0; round < 20; ++round) {
    for (uint64_t i = 1; i <= 10; ++i) {
      Do(CheckPassword{Token{100 * round + i}, "nobody", "guess"});
    }
    Await<PasswordChecked>(100 * round + 1 + round % 10);
  }
  Do(CheckPassword{Token{5000}, "nobody", "guess"});
  Await<PasswordChecked>(5000);  // so that all others have begun
  storage_.reset();
  EXPECT_EQ(reports(), 201u);
}

TEST_F(StorageTest, OutcomesComeInTheOrderOfTheEffects) {
  store_->BlockCommits();
  Say(1, "one");
  ASSERT_TRUE(store_->WaitUntilBlocked());
  Do(RecordLogin{Token{2}, "ann", "192.0.2.1", 7, kNow});
  Say(3, "two");
  store_->ReleaseCommits();
  EXPECT_TRUE(Await<Committed>(3).outcome.ok());
  EXPECT_EQ(Await<Committed>(2).outcome->connection, ConnectionId(1));
  const std::lock_guard lock(mutex_);
  ASSERT_EQ(events_.size(), 3u);
  for (uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(std::visit(TokenOf{}, events_[i]).value, i + 1);
  }
}

TEST_F(StorageTest, AStoreThatFailsIsReportedAndRecovers) {
  store_->FailNextCommits(1);
  Say(1, "lost");
  EXPECT_TRUE(absl::IsUnavailable(Await<Committed>(1).outcome.status()));
  store_->FailNextCommits(1);
  EXPECT_TRUE(absl::IsUnavailable(Register(2, "ann")));
  EXPECT_TRUE(Register(3, "ann").ok());
  Say(4, "of the generation that failed");
  EXPECT_TRUE(absl::IsUnavailable(Await<Committed>(4).outcome.status()));
  Do(NewGeneration{});
  said_.clear();
  Say(5, "kept");
  EXPECT_TRUE(Await<Committed>(5).outcome.ok());
}

TEST_F(StorageTest, ReadsHistoryInPages) {
  for (uint64_t token = 1; token <= 5; ++token) Say(token, "text");
  Await<Committed>(5);
  ReadHistory read;
  read.token = Token{6};
  read.room = kLobby;
  read.after_seq = 1;
  read.limit = 3;
  read.told = 5;
  Do(read);
  const auto page = Await<HistoryRead>(6).page;
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->messages_size(), 3);
  EXPECT_EQ(page->messages(0).seq(), 2u);
  EXPECT_TRUE(page->more());
}

TEST_F(StorageTest, SequenceNumbersBeyondTheStoresRangeAreItsEnd) {
  Say(1, "text");
  ReadHistory read;
  read.token = Token{2};
  read.room = kLobby;
  read.after_seq = ~uint64_t{0};
  read.limit = 3;
  read.told = 1;
  Do(read);
  const auto page = Await<HistoryRead>(2).page;
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->messages_size(), 0);
}

// ---- reading beside a commit ------------------------------------------------

TEST_F(StorageTest, NobodyWhoReadsWaitsForACommit) {
  ASSERT_TRUE(Register(1, "ann").ok());
  Say(2, "one");
  Await<Committed>(2);
  store_->BlockCommits();
  Say(3, "two");
  ASSERT_TRUE(store_->WaitUntilBlocked());
  EXPECT_EQ(Check(4, "ann", "secret").value_or("refused"), "ann");
  Do(FindAccount{Token{5}, "ann"});
  EXPECT_EQ(Await<AccountFound>(5).account->alias, "ann");
  Do(FindDevice{Token{6}, "unknown", kNow.steady});
  EXPECT_TRUE(absl::IsNotFound(Await<DeviceFound>(6).device.status()));
  Do(ReadDevices{Token{7}, 1, 0});
  EXPECT_TRUE(Await<DevicesRead>(7).devices.ok());
  ReadHistory read{Token{8}, kLobby, {}, {}, 10, 1};
  Do(read);
  EXPECT_EQ(Await<HistoryRead>(8).page->messages_size(), 1);
  store_->ReleaseCommits();
  EXPECT_TRUE(Await<Committed>(3).outcome.ok());
}

TEST_F(StorageTest, APasswordThatIsBeingChangedIsNotChangedByTheOldOne) {
  ASSERT_TRUE(Register(1, "ann").ok());
  store_->BlockCommits();
  Do(ChangePassword{Token{2}, "ann", 1, "secret", "first"});
  ASSERT_TRUE(store_->WaitUntilBlocked());
  Do(ChangePassword{Token{3}, "ann", 1, "secret", "second"});
  store_->ReleaseCommits();
  EXPECT_TRUE(Await<PasswordChanged>(2).status.ok());
  EXPECT_TRUE(absl::IsUnauthenticated(Await<PasswordChanged>(3).status));
  EXPECT_TRUE(Check(4, "ann", "first").ok());
}

class RehashingStorageTest : public StorageTest {
 protected:
  RehashingStorageTest() : StorageTest("", store::PasswordCost::kDefault) {}
};

TEST_F(RehashingStorageTest, ABetterHashOfTheOldPasswordDoesNotUndoAChange) {
  // As an import brings it.
  store::Account imported;
  imported.alias = imported.key = "ann";
  imported.password_hash =
      store::HashPassword("secret", store::PasswordCost::kMin).value();
  const store::Write import = store::CreateAccount{imported};
  ASSERT_TRUE(store_->Commit(absl::MakeConstSpan(&import, 1)).ok());
  store_->BlockCommits();
  Do(ChangePassword{Token{2}, "ann", 1, "secret", "first"});
  ASSERT_TRUE(store_->WaitUntilBlocked());
  EXPECT_TRUE(Check(3, "ann", "secret").ok());  // not changed yet
  store_->ReleaseCommits();
  EXPECT_TRUE(Await<PasswordChanged>(2).status.ok());
  AwaitTasks(10);
  EXPECT_TRUE(Check(4, "ann", "first").ok());
}

// ---- handing over and ending ------------------------------------------------

TEST_F(StorageTest, WhatIsHandedOverTogetherIsOneCommit) {
  for (uint64_t token = 1; token <= 50; ++token) {
    storage_->Do(Append{Token{token}, Next("text"), kNow});
  }
  EXPECT_EQ(store_->commits(), 0);
  storage_->HandOver();
  EXPECT_TRUE(Await<Committed>(50).outcome.ok());
  EXPECT_EQ(store_->commits(), 1);
}

TEST_F(StorageTest, EndFinishesTheWritesAndWaitsForHashes) {
  for (uint64_t token = 1; token <= 500; ++token) Say(token, "text");
  for (uint64_t token = 501; token <= 560; ++token) {
    Do(CheckPassword{Token{token}, "nobody", "guess"});
  }
  storage_.reset();
  for (uint64_t token = 1; token <= 500; ++token) {
    ASSERT_TRUE(Await<Committed>(token).outcome.ok());
  }
}

// ---- resuming ---------------------------------------------------------------

class ResumingStorageTest : public StorageTest {
 protected:
  ResumingStorageTest() {
    EXPECT_TRUE(Register(1000, "ann").ok());
    Do(CheckPassword{Token{1001}, "ann", "secret"});
    ann_ = Await<PasswordChecked>(1001).account->id;
  }
  RecordLogin LoginOf(uint64_t token) const {
    RecordLogin login{Token{token}, "ann", "192.0.2.1", 7, kNow};
    login.account = ann_;
    return login;
  }
  Outcome Enter(uint64_t token) {
    RecordLogin login = LoginOf(token);
    login.make_device = true;
    login.software = "a test";
    Do(std::move(login));
    return Await<Committed>(token).outcome.value();
  }
  absl::StatusOr<FoundDevice> Find(uint64_t token, const std::string& secret) {
    Do(FindDevice{Token{token}, secret, kNow.steady});
    return Await<DeviceFound>(token).device;
  }

  // Ann asks bob, who is registered next.
  Link Ask() const {
    return {ann_,
            AccountId::Of(ann_.value() + 1),
            LinkState::kAsked,
            false,
            false,
            kNow.steady,
            {}};
  }
  AccountRooms Rooms(uint64_t token, AccountId account) {
    Do(ReadRooms{Token{token}, account});
    return Await<RoomsRead>(token).rooms.value();
  }

  AccountId ann_;
};

TEST_F(ResumingStorageTest, ADeviceIsFoundByItsTokenAlone) {
  const Outcome login = Enter(1);
  EXPECT_EQ(login.secret.size(), wire::kDeviceTokenBytes);
  const auto found = Find(2, login.secret);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->number, login.device);
  EXPECT_EQ(found->account.id, ann_);
  EXPECT_EQ(found->account.alias, "ann");
  std::string other = login.secret;
  other.back() ^= 1;
  EXPECT_TRUE(absl::IsNotFound(Find(3, other).status()));
  EXPECT_NE(Enter(4).secret, login.secret);
}

TEST_F(ResumingStorageTest, DevicesAreListedAndRevoked) {
  const Outcome login = Enter(1), other = Enter(2);
  Do(ReadDevices{Token{3}, ann_, other.device});
  const auto list = Await<DevicesRead>(3).devices;
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->devices_size(), 2);
  EXPECT_EQ(list->devices(0).software(), "a test");
  EXPECT_FALSE(list->devices(0).current());
  EXPECT_TRUE(list->devices(1).current());
  Do(RevokeDevice{Token{4}, ann_, login.device});
  EXPECT_TRUE(Await<Committed>(4).outcome.ok());
  EXPECT_TRUE(absl::IsNotFound(Find(5, login.secret).status()));
  EXPECT_TRUE(Find(6, other.secret).ok());
}

TEST_F(ResumingStorageTest, ALogoutWithATokenIsReported) {
  const Outcome login = Enter(1);
  Do(RecordLogout{Token{2}, login.connection, "exit", kNow.wall, true});
  EXPECT_TRUE(Await<Committed>(2).outcome.ok());
  EXPECT_TRUE(absl::IsNotFound(Find(3, login.secret).status()));
}

TEST_F(ResumingStorageTest, RequestsAreFoundWithTheirAnswers) {
  EXPECT_EQ(Enter(1).highest_message_id, 0);
  EXPECT_TRUE(Register(2, "bob").ok());
  Do(Append{Token{3}, Next("hi", ann_), kNow, 77});
  Do(SetLink{Token{4}, Ask(), std::nullopt, ann_, 78, "the answer", kNow});
  EXPECT_TRUE(Await<Committed>(4).outcome.ok());

  Do(FindRequest{Token{5}, ann_, 77});
  EXPECT_EQ(Await<RequestFound>(5).answer.value(), "");
  EXPECT_EQ(Await<RequestFound>(5).seq, 1);
  EXPECT_EQ(Await<RequestFound>(5).time, kNow.wall);
  Do(FindRequest{Token{6}, ann_, 78});
  EXPECT_EQ(Await<RequestFound>(6).answer.value(), "the answer");
  Do(FindRequest{Token{7}, ann_, 79});
  EXPECT_TRUE(absl::IsNotFound(Await<RequestFound>(7).answer.status()));
  EXPECT_EQ(Enter(8).highest_message_id, 78);
}

TEST_F(ResumingStorageTest, RoomsAreWrittenAndRead) {
  EXPECT_TRUE(Rooms(1, ann_).links.empty());
  EXPECT_TRUE(Register(2, "bob").ok());
  Link link = Ask();
  Do(SetLink{Token{3}, link});
  link.state = LinkState::kLinked;
  link.room = 2;
  Entry linked = Next("", ann_, 2);
  linked.kind = pb::LINKED;
  Do(SetLink{Token{4}, link, linked, ann_, 0, "", kNow});
  Do(Append{Token{5}, Next("hello", ann_, 2), kNow});
  Do(MarkRead{Token{6}, ann_, {{2, 1}}});
  EXPECT_TRUE(Await<Committed>(6).outcome.ok());
  const AccountRooms rooms = Rooms(7, link.second);
  ASSERT_EQ(rooms.links.size(), 1u);
  EXPECT_EQ(rooms.links[0].link.state, LinkState::kLinked);
  EXPECT_EQ(rooms.links[0].last_seq, 2u);
  EXPECT_EQ(rooms.links[0].first_alias, "ann");
  EXPECT_TRUE(rooms.read.empty());
  EXPECT_EQ(Rooms(8, ann_).read.at(0).seq, 1u);
  Do(ReadHistory{Token{9}, 2, {}, {}, 10, 2});
  const auto page = Await<HistoryRead>(9).page.value();
  ASSERT_EQ(page.messages_size(), 2);
  EXPECT_EQ(page.messages(0).kind(), pb::LINKED);
  EXPECT_EQ(page.messages(1).room(), 2u);
  Do(MarkRead{Token{10}, ann_, {{77, 1}}});
  EXPECT_TRUE(absl::IsNotFound(Await<Committed>(10).outcome.status()));
}

TEST_F(ResumingStorageTest, StaysAreRestoredWithTheirRooms) {
  Enter(1);
  EXPECT_TRUE(Register(2, "bob").ok());
  EXPECT_TRUE(Register(3, "cid").ok());
  Link bound = Ask(), kept = Ask();
  bound.bound = true;
  kept.second = AccountId::Of(kept.second.value() + 1);
  Do(SetLink{Token{4}, bound});
  Do(SetLink{Token{5}, kept});
  Do(MarkRead{Token{6}, ann_, {{kLobby, 9}}});
  EXPECT_TRUE(Await<Committed>(6).outcome.ok());
  const Moment start{kNow.wall + absl::Minutes(20),
                     SteadyTime() + absl::Seconds(7)};
  const auto restored = Restore(*store_, Calendar(start), start);
  ASSERT_TRUE(restored.ok()) << restored.status();
  const RestoredStay& stay = restored->restored.stays.at(0);
  ASSERT_EQ(stay.rooms.links.size(), 1u);
  const Link& link = stay.rooms.links[0].link;
  EXPECT_EQ(link.second, kept.second);
  EXPECT_EQ(start.steady - link.asked_at, absl::Minutes(20));
  EXPECT_EQ(stay.rooms.read.at(0).seq, 9u);
}

// The core looks for the request first. If it ever did not, nothing is done
// twice all the same.
TEST_F(ResumingStorageTest, WhatIsWrittenTwiceFails) {
  Append say{Token{1}, Next("hi", ann_), kNow, 77};
  Do(say);
  EXPECT_TRUE(Await<Committed>(1).outcome.ok());
  say.token = Token{2};
  Do(say);
  EXPECT_TRUE(absl::IsInternal(Await<Committed>(2).outcome.status()));
}

// ---- the wall clock is stepped ----------------------------------------------

// A day back, and far ahead.
class SteppedStorageTest : public ResumingStorageTest,
                           public testing::WithParamInterface<absl::Duration> {
 protected:
  static Moment Stepped(absl::Duration later = {}) {
    Moment moment = kNow + later;
    moment.wall += GetParam();
    return moment;
  }
  void TidyAt(SteadyTime now) {
    storage_->Tidy(now);
    AwaitTasks(last_ + 1);
    last_ += 2;
  }
  // Was it said before?
  bool Repeats(uint64_t message_id, const Moment& now) {
    Do(Append{Token{++last_}, Next("hi", ann_), now, message_id});
    const bool repeats = !Await<Committed>(last_).outcome.ok();
    if (repeats) --said_[kLobby];
    return repeats;
  }

  uint64_t last_ = 5000;
};

TEST_F(ResumingStorageTest, MessagesNameTheirAuthorWithOrWithoutAnId) {
  Do(Append{Token{5001}, Next("one", ann_), kNow, 7});
  Do(Append{Token{5002}, Next("two", ann_), kNow, 0});
  Await<Committed>(5001);
  Await<Committed>(5002);
  const auto page =
      store_->ReadHistory({.room = kLobby, .limit = 9, .bytes = 99});
  ASSERT_EQ(page->messages.size(), 2u);
  EXPECT_EQ(page->messages[0].account, ann_);
  EXPECT_EQ(page->messages[1].account, ann_);
}

TEST_P(SteppedStorageTest, RequestsAreRememberedForADay) {
  const absl::Duration soon = absl::Minutes(1);
  EXPECT_FALSE(Repeats(7, Stepped()));
  EXPECT_FALSE(Repeats(8, kNow));
  TidyAt((kNow + soon).steady);
  EXPECT_TRUE(Repeats(7, kNow + soon));
  EXPECT_TRUE(Repeats(8, Stepped(soon)));
  TidyAt((kNow + wire::kRequestMemory).steady);
  EXPECT_TRUE(Repeats(7, kNow));
  EXPECT_TRUE(Repeats(8, kNow));
  TidyAt((kNow + wire::kRequestMemory + soon).steady);
  EXPECT_FALSE(Repeats(7, kNow + wire::kRequestMemory));
  EXPECT_FALSE(Repeats(8, kNow + wire::kRequestMemory));
}

TEST_P(SteppedStorageTest, DevicesLiveAsLongAsEver) {
  RecordLogin login = LoginOf(1);
  login.make_device = true;
  login.time = Stepped();
  Do(login);
  const Outcome outcome = Await<Committed>(1).outcome.value();
  Do(RecordLogout{{}, outcome.connection, "exit", Stepped().wall});
  const auto known = [&](absl::Duration later) {
    const SteadyTime now = (kNow + later).steady;
    TidyAt(now);
    Do(FindDevice{Token{++last_}, outcome.secret, now});
    return Await<DeviceFound>(last_).device.ok();
  };
  EXPECT_TRUE(known(absl::Minutes(1)));
  EXPECT_TRUE(known(wire::kDeviceLife - absl::Minutes(1)));
  EXPECT_FALSE(known(wire::kDeviceLife));
}

TEST_P(SteppedStorageTest, InvitationsLiveAsLongAsEver) {
  const Moment made = Stepped();
  const auto invite = [&] {
    Do(AddInvitation{Token{++last_}, "root", made.wall,
                     made + wire::kInvitationLife});
    return Await<Committed>(last_).outcome->secret;
  };
  const std::string code = invite(), other = invite();
  TidyAt((kNow + absl::Minutes(1)).steady);
  const auto use = [&](const std::string& alias, const std::string& with,
                       absl::Duration later) {
    Do(CreateAccount{Token{++last_}, alias, alias, "secret", kNow + later,
                     with});
    return Await<AccountCreated>(last_).status;
  };
  EXPECT_TRUE(use("bob", code, wire::kInvitationLife - absl::Minutes(1)).ok());
  EXPECT_TRUE(
      absl::IsPermissionDenied(use("cid", other, wire::kInvitationLife)));
}

TEST_P(SteppedStorageTest, SanctionsOutliveTheServer) {
  Sanction mute;
  mute.account = ann_;
  mute.target = "ann";
  mute.created = Stepped().wall;
  mute.expires = Stepped(absl::Hours(1));
  Do(AddSanction{Token{1}, mute});
  ASSERT_TRUE(Await<Committed>(1).outcome.ok());
  TidyAt((kNow + absl::Minutes(1)).steady);
  // Another server, whose steady clock has another zero.
  const Moment start{kNow.wall + absl::Minutes(20),
                     SteadyTime() + absl::Seconds(7)};
  const auto restored = Restore(*store_, Calendar(start), start);
  ASSERT_TRUE(restored.ok()) << restored.status();
  ASSERT_EQ(restored->restored.sanctions.size(), 1u);
  const Moment expires = restored->restored.sanctions[0].expires;
  EXPECT_EQ(expires, start + absl::Minutes(40));
  TidyAt((kNow + absl::Hours(1)).steady);
  EXPECT_TRUE(store_->Sanctions(absl::InfinitePast())->empty());
}

INSTANTIATE_TEST_SUITE_P(Steps, SteppedStorageTest,
                         testing::Values(-absl::Hours(24), absl::Hours(960)));

class MirroringStorageTest : public StorageTest {
 protected:
  MirroringStorageTest() : MirroringStorageTest(Folder()) {}

  std::string File() const {
    return store::ReadWholeFile(path_, 1 << 20).value_or("");
  }

 private:
  using Owned = std::unique_ptr<test::TempFolder>;
  static Owned Folder() { return std::make_unique<test::TempFolder>(); }
  explicit MirroringStorageTest(Owned folder)
      : StorageTest(*folder / "client_connections.json"),
        folder_(std::move(folder)),
        path_(*folder_ / "client_connections.json") {}

  Owned folder_;
  std::string path_;
};

TEST_F(MirroringStorageTest, TheLastWordIsInTheFile) {
  ASSERT_TRUE(Register(1, "ann").ok());
  Do(RecordLogin{Token{2}, "ann", "192.0.2.1", 4711, kNow});
  const ConnectionId connection = Await<Committed>(2).outcome->connection;
  Do(RecordLogout{{}, connection, "exit", kNow.wall + absl::Minutes(5)});
  storage_.reset();
  EXPECT_NE(File().find("\"ann\""), std::string::npos);
  EXPECT_NE(File().find("4711"), std::string::npos);
}

// The mirror asks again while the login is being written.
TEST_F(MirroringStorageTest, ASlowLoginIsInTheFile) {
  ASSERT_TRUE(Register(1, "ann").ok());
  while (File().empty()) std::this_thread::yield();
  store_->BlockCommits();
  Do(RecordLogin{Token{2}, "ann", "192.0.2.1", 4711, kNow});
  ASSERT_TRUE(store_->WaitUntilBlocked());
  std::this_thread::sleep_for(std::chrono::seconds(2));
  store_->ReleaseCommits();
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (File().find("4711") == std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), until);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

TEST_F(MirroringStorageTest, WhatIsCommittedWhileItEndsIsInTheFile) {
  ASSERT_TRUE(Register(1, "ann").ok());
  while (File().empty()) std::this_thread::yield();
  // The mirror pauses for a second now. Let it wake while the store hangs.
  store_->BlockCommits();
  Do(RecordLogin{Token{2}, "ann", "192.0.2.1", 4711, kNow});
  ASSERT_TRUE(store_->WaitUntilBlocked());
  std::thread release([this] {
    std::this_thread::sleep_for(std::chrono::seconds(2));
    store_->ReleaseCommits();
  });
  storage_.reset();
  release.join();
  EXPECT_NE(File().find("4711"), std::string::npos);
}

}  // namespace
}  // namespace chat77::server
