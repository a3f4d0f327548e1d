#include "store/legacy_json/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "store/legacy_json/format.h"
#include "tests/support/faulty_store.h"

namespace chat77::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class LegacyImportTest : public testing::Test {
 protected:
  LegacyImportTest() {
    options_.zone = absl::FixedTimeZone(2 * 60 * 60);
    options_.now = absl::FromUnixSeconds(1'800'000'000);
    options_.hash = [](std::string_view password) {
      return absl::StatusOr<std::string>("hash of " + std::string(password));
    };
  }

  static std::string User(const std::string& alias,
                          const std::string& password = "secret") {
    return absl::StrCat(R"({"aliase": ")", alias, R"(", "username": ")", alias,
                        R"(", "password": ")", password,
                        R"(", "created_at": "2026-03-14 12:51:07"})");
  }

  static std::string Row(
      const std::string& alias, int port,
      const std::string& logout = R"("2026-03-14 13:00:00")") {
    return absl::StrCat(R"({"aliase": ")", alias,
                        R"(", "ip_address": "127.0.0.1", "port": )", port,
                        R"(, "login_time": "2026-03-14 12:51:18",)",
                        R"( "logout_time": )", logout, "}");
  }

  static std::string File(const std::string& users,
                          const std::string& connections = "") {
    return absl::StrCat(R"({"users": [)", users, R"(], "connections": [)",
                        connections, "]}");
  }

  ImportPlan Import(const std::string& json) {
    const auto file = ParseLegacyJson(json);
    EXPECT_TRUE(file.ok()) << file.status();
    if (!file.ok()) return {};
    const auto plan = ImportLegacy(*file, options_, store_);
    EXPECT_TRUE(plan.ok()) << plan.status();
    if (!plan.ok()) return {};
    report_ = DescribeImport(*plan, *file);
    return *plan;
  }

  std::vector<std::string> Aliases() {
    std::vector<std::string> aliases;
    const auto accounts = store_.AllAccounts();
    for (const Account& account : *accounts) aliases.push_back(account.alias);
    return aliases;
  }

  std::vector<std::string> LoggedAliases() {
    std::vector<std::string> aliases;
    const auto all = store_.AllConnections();
    for (const Connection& one : *all) aliases.push_back(one.alias);
    return aliases;
  }

  static std::vector<std::string> Refused(const ImportPlan& plan) {
    std::vector<std::string> all;
    for (const RefusedRecord& one : plan.refused) {
      all.push_back(absl::StrCat(one.list, "[", one.index, "] ", one.alias,
                                 ": ", one.reason));
    }
    return all;
  }

  ImportOptions options_;
  test::FaultyStore store_;
  std::string report_;
};

TEST_F(LegacyImportTest, TakesUsersAndConnections) {
  Import(File(User("ann"), Row("ann", 53075)));
  EXPECT_EQ(*store_.FindAccount("ann"),
            (Account{.id = 1,
                     .alias = "ann",
                     .key = "ann",
                     .password_hash = "hash of secret",
                     // 12:51:07 two hours east of Greenwich
                     .created_at = absl::FromUnixSeconds(1773485467)}));
  EXPECT_THAT(
      *store_.AllConnections(),
      ElementsAre(Connection{.id = 1,
                             .alias = "ann",
                             .address = "127.0.0.1",
                             .port = 53075,
                             .login_time = absl::FromUnixSeconds(1773485478),
                             .logout_time = absl::FromUnixSeconds(1773486000),
                             .reason = "imported"}));
  EXPECT_EQ(report_, "Imported one account and one connection.\n");
}

TEST_F(LegacyImportTest, TakesOlderUsers) {
  Import(
      R"({"connections": [], "users": [{"username": "old", "password": "p",
      "is_online": false, "ip_address": "1.2.3.4", "tcp_port": 1,
      "udp_port": 2, "last_login": "x"}]})");
  EXPECT_EQ(store_.FindAccount("old")->created_at, options_.now);
  EXPECT_THAT(report_, HasSubstr("the time of this import: old."));
  EXPECT_THAT(report_, HasSubstr("users.is_online, users.last_login"));
}

TEST_F(LegacyImportTest, EmptyAliaseMeansUsername) {
  Import(File(R"({"aliase": "", "username": "bob", "password": "p"},
                 {"aliase": null, "username": "cid", "password": "p"})"));
  EXPECT_THAT(Aliases(), ElementsAre("bob", "cid"));
}

TEST_F(LegacyImportTest, CaseTwinGetsANewName) {
  const ImportPlan plan =
      Import(File(absl::StrCat(User("anele", "one"), ",", User("Anele", "two"),
                               ",", User("ANELE", "three")),
                  absl::StrCat(Row("anele", 1), ",", Row("Anele", 2), ",",
                               Row("aNELE", 3))));
  EXPECT_THAT(Aliases(), ElementsAre("anele", "Anele_2", "ANELE_3"));
  EXPECT_EQ(store_.FindAccount("anele_2")->password_hash, "hash of two");
  EXPECT_THAT(LoggedAliases(), ElementsAre("anele", "Anele_2", "aNELE"));
  EXPECT_THAT(report_, HasSubstr("users[1] (Anele) is now Anele_2"));
  EXPECT_EQ(plan.without_account, 1u);
}

TEST_F(LegacyImportTest, NewNameIsFreeInFileAndStore) {
  Import(File(User("ann_3")));
  Import(File(absl::StrCat(User("ann"), ",", User("Ann"), ",", User("ANN_2"))));
  EXPECT_THAT(Aliases(), ElementsAre("ann_3", "ann", "Ann_4", "ANN_2"));
}

TEST_F(LegacyImportTest, NewNameFitsTheLimit) {
  const std::string longest(32, 'a');
  std::string twin = longest;
  twin[0] = 'A';
  Import(File(absl::StrCat(User(longest), ",", User(twin))));
  EXPECT_THAT(Aliases(), ElementsAre(longest, twin.substr(0, 30) + "_2"));
  std::string lower, upper;
  for (int i = 0; i < 32; ++i) lower += "ž", upper += "Ž";
  Import(File(absl::StrCat(User(lower), ",", User(upper))));
  EXPECT_EQ(Aliases().at(3), upper.substr(0, 60) + "_2");
}

TEST_F(LegacyImportTest, UnicodeTwinsAreTwins) {
  Import(File(absl::StrCat(User("\u00e9ric"), ",", User("e\u0301ric")),
              Row("e\u0301ric", 1)));
  EXPECT_THAT(Aliases(), ElementsAre("\u00e9ric", "\u00e9ric_2"));
  EXPECT_THAT(LoggedAliases(), ElementsAre("\u00e9ric_2"));
}

TEST_F(LegacyImportTest, RefusedFirstTwinLeavesTheName) {
  Import(File(absl::StrCat(User("ann", ""), ",", User("Ann"))));
  EXPECT_THAT(Aliases(), ElementsAre("Ann"));
}

TEST_F(LegacyImportTest, NamesEveryRefusedUser) {
  const ImportPlan plan = Import(File(absl::StrCat(
      User("ann"), ",", User("ann"), ",", User("b b"), ",", User("Server"), ",",
      User("nopass", ""), ",", User("long", std::string(257, 'x')),
      R"(, 7, {}, {"aliase": 5, "password": "p"},
          {"aliase": "num", "password": 5}, {"aliase": "none"},
          {"aliase": "when", "password": "p", "created_at": "yesterday"},
          {"aliase": "zero", "password": "p", "created_at": 0})")));
  EXPECT_THAT(Aliases(), ElementsAre("ann"));
  EXPECT_THAT(
      Refused(plan),
      ElementsAre(
          "users[1] ann: the same name stands in the file before",
          "users[2] b b: An alias may hold letters, digits and _ - . but not "
          "a space.",
          "users[3] Server: this name is reserved",
          "users[4] nopass: the password is empty",
          "users[5] long: the password is longer than 256 bytes",
          "users[6] : it is not an object",
          "users[7] : it has no name (aliase or username)",
          "users[8] : aliase is not a string",
          "users[9] num: password is not a string",
          "users[10] none: password is missing",
          "users[11] when: created_at is not a date and time",
          "users[12] zero: created_at is not a string"));
  EXPECT_THAT(report_, HasSubstr("Not imported, 12 records"));
}

TEST_F(LegacyImportTest, NamesEveryRefusedConnection) {
  const std::string bad_time =
      R"({"aliase": "ann", "ip_address": "::1", "port": 1,
          "login_time": "2026-02-30 00:00:00", "logout_time": null})";
  const std::string bad_address =
      R"({"aliase": "ann", "ip_address": "localhost", "port": 1,
          "login_time": "2026-02-20 00:00:00", "logout_time": null})";
  const ImportPlan plan = Import(File(
      "", absl::StrCat(Row("ann", -1), ",", Row("ann", 65536), ",", bad_time,
                       ",", bad_address, ",", Row("ann", 1, "\"soon\""), ",",
                       Row("ann", 1, "false"), ",", Row("a\\nb", 1), ",",
                       Row(std::string(129, 'x'), 1), ", null")));
  EXPECT_THAT(LoggedAliases(), IsEmpty());
  ASSERT_EQ(plan.refused.size(), 9u);
  EXPECT_THAT(
      Refused(plan),
      testing::IsSupersetOf(
          {"connections[0] ann: port is not a whole number from 0 to 65535",
           "connections[2] ann: login_time is not a date and time",
           "connections[3] ann: ip_address is not an IP address",
           "connections[4] ann: logout_time is not a date and time",
           "connections[5] ann: logout_time is not a string",
           "connections[8] : it is not an object"}));
  EXPECT_THAT(report_, HasSubstr("(a\\nb): the name is too long"));
}

TEST_F(LegacyImportTest, LogKeepsNamesWithoutAccount) {
  const ImportPlan plan =
      Import(File("", absl::StrCat(Row("ann smith", 1), ",", Row("Ž", 2))));
  EXPECT_THAT(LoggedAliases(), ElementsAre("ann smith", "Ž"));
  EXPECT_EQ(plan.without_account, 2u);
}

TEST_F(LegacyImportTest, OpenConnectionsAreNotLeftOpen) {
  const ImportPlan plan = Import(File(User("ann"), Row("ann", 1, "null")));
  EXPECT_EQ(plan.without_logout, 1u);
  EXPECT_EQ(*store_.CloseOpenConnections(absl::Now(), "server stopped"), 0);
  const Connection kept = store_.AllConnections()->at(0);
  EXPECT_EQ(kept.logout_time, kept.login_time);
  EXPECT_EQ(kept.reason, "unknown (imported)");
}

TEST_F(LegacyImportTest, AgainAddsNothing) {
  const std::string json =
      File(absl::StrCat(User("anele"), ",", User("Anele")),
           absl::StrCat(Row("anele", 1), ",", Row("anele", 1), ",",
                        Row("Anele", 2)));
  Import(json);
  const ImportPlan again = Import(json);
  EXPECT_THAT(Aliases(), ElementsAre("anele", "Anele_2"));
  EXPECT_EQ(LoggedAliases().size(), 3u);
  EXPECT_EQ(again.already_logged, 3u);
  EXPECT_EQ(Refused(again).at(0),
            "users[0] anele: the store has an account of this name");
}

TEST_F(LegacyImportTest, FailedImportKeepsNothing) {
  const auto file = ParseLegacyJson(File(User("ann"), Row("ann", 1)));
  store_.FailNextCommits(1);
  EXPECT_FALSE(ImportLegacy(*file, options_, store_).ok());
  options_.hash = [](std::string_view) {
    return absl::ResourceExhaustedError("no memory");
  };
  EXPECT_FALSE(ImportLegacy(*file, options_, store_).ok());
  EXPECT_THAT(Aliases(), IsEmpty());
  EXPECT_THAT(LoggedAliases(), IsEmpty());
}

TEST_F(LegacyImportTest, ReportHidesPasswordsAndEscapes) {
  Import(File(absl::StrCat(User("ann", "hunter2"), ",", User("ann", "hunter2"),
                           ",", User("\\u001b[31m\\u009b", "hunter2"))));
  EXPECT_THAT(report_, Not(HasSubstr("hunter2")));
  EXPECT_THAT(report_, Not(HasSubstr("\x1b")));
  EXPECT_THAT(report_, Not(HasSubstr("\xc2\x9b")));
}

TEST_F(LegacyImportTest, ExportOfAnImportIsTheFile) {
  const std::string json = R"({
    "users": [
        {
            "aliase": "ann",
            "username": "ann",
            "password": "",
            "created_at": "2026-03-14 12:51:07"
        }
    ],
    "connections": [
        {
            "aliase": "ann",
            "ip_address": "127.0.0.1",
            "port": 53075,
            "login_time": "2026-03-14 12:51:18",
            "logout_time": null
        },
        {
            "aliase": "ann",
            "ip_address": "::1",
            "port": 2,
            "login_time": "2026-03-14 12:51:19",
            "logout_time": "2026-03-14 12:51:20"
        }
    ]
})";
  std::string with_password = json;
  with_password.replace(with_password.find("\"\","), 2, "\"secret\"");
  Import(with_password);
  EXPECT_EQ(FormatLegacyJson(*store_.AllAccounts(), *store_.AllConnections(),
                             options_.zone),
            json);
}

}  // namespace
}  // namespace chat77::store
