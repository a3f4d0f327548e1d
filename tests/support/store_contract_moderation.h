// The third part of tests/support/store_contract.h: names, passwords, consent
// and moderation.
#pragma once

#include "proto/alias.h"
#include "proto/limits.h"
#include "store/audit.h"
#include "tests/support/store_contract.h"

namespace chat77::store {

class StoreContractModeration : public StoreContract {
 protected:
  static constexpr AccountId kAnn = 1;
  static constexpr AccountId kBob = 2;

  StoreContractModeration() { Commit({Account1("Ann"), Account1("Bob")}); }

  static CreateAccount Account1(const std::string& alias) {
    return {.account = {.alias = alias,
                        .key = wire::AliasKey(alias),
                        .password_hash = "old",
                        .created_at = At(1000)}};
  }

  static Write LoginWith(AccountId account, const std::string& token_hash) {
    return RecordLogin{.alias = "x",
                       .address = "::1",
                       .port = 1,
                       .time = At(1),
                       .account = account,
                       .token_hash = token_hash};
  }

  static AddSanction Mute(std::optional<absl::Time> until = std::nullopt) {
    return {{.number = 99,  // ignored
             .kind = SanctionKind::kMute,
             .account = kBob,
             .target = "Bob",
             .reason = "noise",
             .by = "Ann",
             .created_at = At(1000),
             .expires_at = until}};
  }

  static AddSanction BanNetwork() {
    return {{.number = 0,
             .kind = SanctionKind::kBanNetwork,
             .account = 0,
             .target = "192.0.2.0/24",
             .reason = "",
             .by = "Ann",
             .created_at = At(2000),
             .expires_at = At(9000)}};
  }

  static AddInvitation Invitation(const std::string& hash) {
    return {.code_hash = hash,
            .actor = "Ann",
            .created_at = At(1000),
            .expires_at = At(2000)};
  }

  // What came of one write alone.
  absl::StatusCode CodeOf(const Write& write) {
    return CommitAlone(write).status().code();
  }

  std::vector<int64_t> InForce(int64_t ms) {
    std::vector<int64_t> numbers;
    const auto sanctions = store_->Sanctions(At(ms)).value();
    for (const Sanction& one : sanctions) numbers.push_back(one.number);
    return numbers;
  }

  std::vector<std::string> Actions() {
    std::vector<std::string> actions;
    const auto records = store_->AuditRecords(0, 1000).value();
    for (const AuditRecord& one : records) actions.push_back(one.action);
    return actions;
  }
};

using absl::StatusCode;

TEST_P(StoreContractModeration, AlikeNamesAreRefused) {
  CommitOne(Account1("paypal"));
  for (const char* alias : {"раураl", "pаypal", "PAYРАL", "paypa1"}) {
    const auto refused = CommitAlone(Account1(alias));
    EXPECT_EQ(refused.status().code(), StatusCode::kAlreadyExists) << alias;
    EXPECT_THAT(std::string(refused.status().message()),
                testing::HasSubstr("looks like another"));
    EXPECT_TRUE(
        absl::IsNotFound(store_->FindAccount(wire::AliasKey(alias)).status()));
  }
  EXPECT_TRUE(CommitAlone(Account1("paypal2")).ok());
}

// In one commit too, and by the spelling of either.
TEST_P(StoreContractModeration, AlikeInOneCommit) {
  const auto results = Commit({Account1("Ian"), Account1("lan"),
                               Account1("modern"), Account1("modem")});
  EXPECT_TRUE(results[0].ok());
  EXPECT_TRUE(absl::IsAlreadyExists(results[1].status()));
  EXPECT_TRUE(results[2].ok());
  EXPECT_TRUE(absl::IsAlreadyExists(results[3].status()));
}

TEST_P(StoreContractModeration, ReservedNamesAreRefused) {
  for (const char* alias : {"admin", "аdmin", "adrnin", "NickServ", "R00T"}) {
    const auto refused = CommitAlone(Account1(alias));
    EXPECT_EQ(refused.status().code(), StatusCode::kAlreadyExists) << alias;
    EXPECT_THAT(std::string(refused.status().message()),
                testing::HasSubstr("reserved"));
  }
}

TEST_P(StoreContractModeration, ImportsTakeThemAsTheyAre) {
  for (const char* alias : {"paypal", "раураl", "аdmin"}) {
    CreateAccount create = Account1(alias);
    create.confusable = true;
    EXPECT_TRUE(CommitAlone(create).ok()) << alias;
  }
  // Who comes after them may be like neither.
  EXPECT_EQ(CodeOf(Account1("pаypal")), StatusCode::kAlreadyExists);
}

TEST_P(StoreContractModeration, RefusedNameLeavesNoTrace) {
  CommitOne(Account1("Ian"));
  EXPECT_EQ(CodeOf(Account1("lan")), StatusCode::kAlreadyExists);
  EXPECT_EQ(store_->AllAccounts()->size(), 3u);
  CommitOne(Invitation("code"));
  CreateAccount create = Account1("lan");
  create.invitation_hash = "code";
  EXPECT_EQ(CodeOf(create), StatusCode::kAlreadyExists);
  create = Account1("Eve");
  create.invitation_hash = "code";
  EXPECT_TRUE(CommitAlone(create).ok()) << "the invitation was used up";
}

TEST_P(StoreContractModeration, InvitationIsForOneAccount) {
  EXPECT_TRUE(CommitAlone(Invitation("code")).ok());
  EXPECT_EQ(CodeOf(Invitation("code")), StatusCode::kAlreadyExists);
  const auto with = [](const char* alias, const char* hash, int64_t ms) {
    CreateAccount create = Account1(alias);
    create.invitation_hash = hash;
    create.account.created_at = At(ms);
    return create;
  };
  EXPECT_EQ(CodeOf(with("Cid", "other", 1500)), StatusCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(with("Cid", "code", 2000)), StatusCode::kPermissionDenied);
  // Nothing about the alias without an invitation.
  EXPECT_EQ(CodeOf(with("Ann", "other", 1500)), StatusCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(with("Ann", "code", 1500)), StatusCode::kAlreadyExists);
  EXPECT_TRUE(CommitAlone(with("Cid", "code", 1999)).ok());
  EXPECT_EQ(CodeOf(with("Dan", "code", 1999)), StatusCode::kPermissionDenied);
}

// The wall clock is a day behind, or ahead.
TEST_P(StoreContractModeration, WhatExpiresIsByTheCalendar) {
  const absl::Duration day = absl::Hours(24);
  CommitOne(Invitation("code"));
  const int64_t ban = CommitOne(BanNetwork()).sanction;
  CreateAccount create = Account1("Cid");
  create.invitation_hash = "code";
  create.account.created_at = At(1000) - day;
  create.at = At(2000);
  EXPECT_EQ(CodeOf(create), StatusCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(LiftSanction{ban, "Ann", At(3000) - day, At(9000)}),
            StatusCode::kNotFound);
  create.account.created_at = At(1000) + day;
  create.at = At(1999);
  EXPECT_EQ(CodeOf(create), StatusCode::kOk);
  EXPECT_EQ(CodeOf(LiftSanction{ban, "Ann", At(3000) + day, At(8999)}),
            StatusCode::kOk);
}

TEST_P(StoreContractModeration, TwoWithOneInvitation) {
  CommitOne(Invitation("code"));
  CreateAccount cid = Account1("Cid");
  CreateAccount dan = Account1("Dan");
  cid.invitation_hash = dan.invitation_hash = "code";
  const auto results = Commit({cid, dan});
  EXPECT_TRUE(results[0].ok());
  EXPECT_TRUE(absl::IsPermissionDenied(results[1].status()));
}

TEST_P(StoreContractModeration, PasswordEndsTheOtherDevices) {
  const auto first = CommitAlone(LoginWith(kAnn, std::string(32, 'a')));
  CommitOne(LoginWith(kAnn, std::string(32, 'b')));
  CommitOne(LoginWith(kBob, std::string(32, 'c')));
  CommitOne(SetPassword{
      .account = kAnn, .password_hash = "new", .keep_device = first->device});
  EXPECT_EQ(store_->FindAccount("ann")->password_hash, "new");
  EXPECT_EQ(store_->FindAccount("bob")->password_hash, "old");
  ASSERT_EQ(store_->Devices(kAnn)->size(), 1u);
  EXPECT_EQ(store_->Devices(kAnn)->front().number, first->device);
  EXPECT_EQ(store_->Devices(kBob)->size(), 1u);
  EXPECT_EQ(store_->OpenStays()->size(), 2u);
  CommitOne(SetPassword{.account = kAnn, .password_hash = "newer"});
  EXPECT_TRUE(store_->Devices(kAnn)->empty());
  EXPECT_EQ(CodeOf(SetPassword{.account = 77, .password_hash = "x"}),
            StatusCode::kNotFound);
}

TEST_P(StoreContractModeration, NewHashOfTheSamePasswordEndsNone) {
  CommitOne(LoginWith(kAnn, std::string(32, 'a')));
  CommitOne(SetPassword{
      .account = kAnn, .password_hash = "new", .end_devices = false});
  EXPECT_EQ(store_->FindAccount("ann")->password_hash, "new");
  EXPECT_EQ(store_->Devices(kAnn)->size(), 1u);
}

TEST_P(StoreContractModeration, Admins) {
  EXPECT_FALSE(store_->HasAdmin().value());
  CreateAccount create = Account1("Cid");
  create.account.admin = true;  // ignored
  CommitOne(create);
  EXPECT_FALSE(store_->HasAdmin().value());
  CommitOne(SetAdmin{kAnn, true, "tool", At(5)});
  EXPECT_TRUE(store_->HasAdmin().value());
  EXPECT_TRUE(store_->FindAccount("ann")->admin);
  EXPECT_FALSE(store_->FindAccount("bob")->admin);
  EXPECT_TRUE(store_->FindStanding(kAnn)->admin);
  // A new password changes nothing of it.
  CommitOne(SetPassword{.account = kAnn, .password_hash = "new"});
  EXPECT_TRUE(store_->FindAccount("ann")->admin);
  CommitOne(SetAdmin{kAnn, false, "tool", At(6)});
  EXPECT_FALSE(store_->HasAdmin().value());
  EXPECT_EQ(CodeOf(SetAdmin{77, true, "tool", At(7)}), StatusCode::kNotFound);
  EXPECT_THAT(Actions(), ElementsAre("grant-admin", "revoke-admin"));
}

TEST_P(StoreContractModeration, BlockedByAlias) {
  CommitOne(Account1("Zed"));
  CommitOne(Account1("Abe"));
  for (const AccountId id : std::initializer_list<AccountId>{3, 4, 3, kBob}) {
    CommitOne(SetBlocked{kAnn, id, true});
  }
  EXPECT_THAT(store_->FindStanding(kAnn)->blocked,
              ElementsAre(BlockedAccount{4, "Abe"}, BlockedAccount{kBob, "Bob"},
                          BlockedAccount{3, "Zed"}));
  EXPECT_TRUE(store_->FindStanding(kBob)->blocked.empty());
  CommitOne(SetBlocked{kAnn, 3, false});
  CommitOne(SetBlocked{kAnn, 3, false});
  EXPECT_EQ(store_->FindStanding(kAnn)->blocked.size(), 2u);
  EXPECT_TRUE(absl::IsNotFound(store_->FindStanding(77).status()));
  EXPECT_THAT(Actions(), IsEmpty()) << "it is nobody else's matter";
}

TEST_P(StoreContractModeration, BlockNeedsBoth) {
  for (const auto& [account, blocked] :
       {std::pair(kAnn, AccountId(77)), std::pair(AccountId(77), kAnn)}) {
    for (const bool on : {true, false}) {
      EXPECT_EQ(CodeOf(SetBlocked{account, blocked, on}),
                StatusCode::kNotFound);
    }
  }
}

TEST_P(StoreContractModeration, BlocksHaveALimit) {
  std::vector<Write> writes;
  const auto most = static_cast<int64_t>(wire::kBlockedPerUser);
  for (int64_t i = 0; i < most; ++i) {
    writes.push_back(Account1(absl::StrCat("other_", i, "_x")));
    writes.push_back(SetBlocked{kAnn, AccountId::Of(3 + i), true});
  }
  const auto results = Commit(writes);
  for (const WriteResult& result : results) {
    ASSERT_TRUE(result.ok()) << result.status();
  }
  EXPECT_EQ(CodeOf(SetBlocked{kAnn, kBob, true}),
            StatusCode::kResourceExhausted);
  EXPECT_EQ(CodeOf(SetBlocked{kAnn, 3, true}), StatusCode::kOk);
  CommitOne(SetBlocked{kAnn, 3, false});
  EXPECT_EQ(CodeOf(SetBlocked{kAnn, kBob, true}), StatusCode::kOk);
  EXPECT_EQ(store_->FindStanding(kAnn)->blocked.size(), wire::kBlockedPerUser);
}

TEST_P(StoreContractModeration, SanctionsInForce) {
  const int64_t mute = CommitOne(Mute()).sanction;
  const int64_t ban = CommitOne(BanNetwork()).sanction;
  EXPECT_GT(mute, 0);
  EXPECT_GT(ban, mute);
  Sanction first = Mute().sanction;
  Sanction second = BanNetwork().sanction;
  first.number = mute;
  second.number = ban;
  EXPECT_THAT(store_->Sanctions(At(8999)).value(), ElementsAre(first, second));
  EXPECT_THAT(InForce(9000), ElementsAre(mute));
}

TEST_P(StoreContractModeration, SanctionOfNobody) {
  AddSanction sanction = Mute();
  sanction.sanction.account = 77;
  EXPECT_EQ(CodeOf(sanction), StatusCode::kNotFound);
  EXPECT_THAT(InForce(1), IsEmpty());
  EXPECT_THAT(Actions(), IsEmpty());
}

TEST_P(StoreContractModeration, LiftedOnce) {
  const int64_t mute = CommitOne(Mute()).sanction;
  const int64_t ban = CommitOne(BanNetwork()).sanction;
  CommitOne(LiftSanction{mute, "Ann", At(3000)});
  EXPECT_THAT(InForce(3000), ElementsAre(ban));
  EXPECT_EQ(CodeOf(LiftSanction{mute, "Ann", At(3000)}), StatusCode::kNotFound);
  EXPECT_EQ(CodeOf(LiftSanction{ban, "Ann", At(9000)}), StatusCode::kNotFound);
  EXPECT_EQ(CodeOf(LiftSanction{77, "Ann", At(1)}), StatusCode::kNotFound);
  EXPECT_GT(CommitOne(Mute()).sanction, ban) << "a number is never used again";
  CommitOne(LiftSanction{ban + 1, "Ann", At(1)});
  EXPECT_EQ(CommitOne(Mute()).sanction, ban + 2);
}

TEST_P(StoreContractModeration, TidyTakesWhatExpired) {
  const int64_t lasting = CommitOne(Mute()).sanction;
  CommitOne(Mute(At(5000)));
  CommitOne(BanNetwork());
  CommitOne(Invitation("code"));
  EXPECT_EQ(store_->Tidy(At(1999)).value(), 0);
  EXPECT_EQ(store_->Tidy(At(2000)).value(), 1);
  EXPECT_TRUE(CommitAlone(Invitation("code")).ok()) << "it is gone";
  EXPECT_EQ(store_->Tidy(At(9000)).value(), 3);
  EXPECT_THAT(InForce(0), ElementsAre(lasting));
  EXPECT_EQ(Actions().size(), 5u);
  EXPECT_TRUE(VerifyAudit(*store_).ok());
}

TEST_P(StoreContractModeration, AuditSaysWhatWasDone) {
  const int64_t mute = CommitOne(Mute(At(86400000))).sanction;
  CommitOne(LiftSanction{mute, "Bob", At(2000)});
  CommitOne(RecordKick{"Ann", "Cid", "why\nnot", At(3000)});
  CommitOne(Invitation("secret"));
  const auto records = store_->AuditRecords(0, 10).value();
  ASSERT_EQ(records.size(), 4u);
  AuditRecord expected{.number = 1,
                       .time = At(1000),
                       .actor = "Ann",
                       .action = "mute",
                       .target = "Bob",
                       .detail = absl::StrCat("number ", mute,
                                              ", until 1970-01-02T00:00:00Z: "
                                              "noise"),
                       .hash = ""};
  expected.hash = AuditHash(std::string(kAuditHashBytes, '\0'), expected);
  EXPECT_EQ(records[0], expected);
  EXPECT_EQ(records[1].actor, "Bob");
  EXPECT_EQ(records[1].target, "Bob");
  EXPECT_EQ(records[2].detail, "why\nnot");
  EXPECT_EQ(records[2].target, "Cid");
  EXPECT_EQ(records[3].detail, "until 1970-01-01T00:00:02Z");
  EXPECT_EQ(records[3].hash, AuditHash(records[2].hash, records[3]));
  EXPECT_THAT(Actions(), ElementsAre("mute", "lift", "kick", "invite"));
}

TEST_P(StoreContractModeration, AuditComesInPages) {
  for (int i = 0; i < 5; ++i) CommitOne(RecordKick{"Ann", "Bob", "", At(i)});
  const auto page = store_->AuditRecords(2, 2).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].number, 3);
  EXPECT_EQ(page[1].number, 4);
  EXPECT_TRUE(store_->AuditRecords(5, 2)->empty());
  EXPECT_TRUE(store_->AuditRecords(INT64_MAX, 2)->empty());
  EXPECT_EQ(store_->AuditRecords(-1, 99)->size(), 5u);
  EXPECT_EQ(store_->AuditRecords(0, SIZE_MAX)->size(), 5u);
}

TEST_P(StoreContractModeration, AuditIsVerified) {
  EXPECT_EQ(VerifyAudit(*store_).value(), AuditMark{});
  std::vector<Write> kicks(1200, RecordKick{"Ann", "Bob", "x", At(5)});
  Commit(kicks);
  const auto end = VerifyAudit(*store_).value();
  EXPECT_EQ(end.number, 1200);
  EXPECT_EQ(end.hash, store_->AuditRecords(1199, 1)->front().hash);
  EXPECT_TRUE(VerifyAudit(*store_, end).ok());
  const AuditMark earlier{700, store_->AuditRecords(699, 1)->front().hash};
  EXPECT_TRUE(VerifyAudit(*store_, earlier).ok());
  EXPECT_TRUE(
      absl::IsDataLoss(VerifyAudit(*store_, {701, earlier.hash}).status()));
  EXPECT_TRUE(
      absl::IsDataLoss(VerifyAudit(*store_, {1201, end.hash}).status()));
}

}  // namespace chat77::store
