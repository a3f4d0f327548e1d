// chat77-store's commands for admins: what they print, and their exit codes.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/wait.h>
#include <vector>

#include "store/code.h"
#include "store/sqlite/database.h"
#include "store/store.h"
#include "tests/support/temp_folder.h"

namespace chat77::store {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ModerationToolTest : public testing::Test {
 protected:
  struct Outcome {
    int code = -1;
    std::string out;
    std::string err;
  };

  ModerationToolTest() {
    Commit({CreateAccount{.account = {.alias = "Ann",
                                      .key = "ann",
                                      .password_hash = "h",
                                      .created_at = absl::UnixEpoch()}}});
  }

  Outcome Run(const std::string& arguments) {
    const std::string command = "cd '" + folder_.path().string() +
                                "' && TZ=UTC " CHAT77_STORE_TOOL " " +
                                arguments + " >out.txt 2>err.txt";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, Read("out.txt"),
            Read("err.txt")};
  }

  std::string Read(const std::string& name) {
    std::ostringstream all;
    all << std::ifstream(folder_ / name).rdbuf();
    return all.str();
  }

  void Commit(const std::vector<Write>& writes) {
    const auto store = OpenStore(path_);
    ASSERT_TRUE(store.ok()) << store.status();
    const auto results = (*store)->Commit(writes);
    ASSERT_TRUE(results.ok()) << results.status();
    for (const WriteResult& result : *results) {
      ASSERT_TRUE(result.ok()) << result.status();
    }
  }

  void RunSql(const std::string& sql) {
    auto database =
        sqlite::Database::Open(path_, sqlite::Database::Mode::kWrite);
    ASSERT_TRUE((*database)->Execute(sql).ok());
  }

  // The NUMBER:HASH of a sound log.
  std::string Mark() {
    const std::string out = Run("audit verify").out;
    const size_t line = out.find('\n') + 1;
    return out.substr(line, out.find('\n', line) - line);
  }

  test::TempFolder folder_;
  const std::string path_ = folder_ / "chat77.db";
};

TEST_F(ModerationToolTest, GrantsAndRevokes) {
  EXPECT_THAT(Run("grant-admin ANN").out, HasSubstr("Ann is an admin from"));
  EXPECT_TRUE((*OpenStore(path_))->FindAccount("ann")->admin);
  EXPECT_THAT(Run("grant-admin ann").out, HasSubstr("already"));
  EXPECT_THAT(Run("revoke-admin ann").out, HasSubstr("no longer"));
  EXPECT_FALSE((*OpenStore(path_))->HasAdmin().value());
  EXPECT_THAT(Run("revoke-admin ann").out, HasSubstr("was no admin"));
  const std::string audit = Run("audit list").out;
  EXPECT_THAT(audit, AllOf(HasSubstr("1  "), HasSubstr("grant-admin  Ann"),
                           HasSubstr("2  "), HasSubstr("revoke-admin  Ann"),
                           HasSubstr("chat77-store"), Not(HasSubstr("3  "))));
}

TEST_F(ModerationToolTest, InvitationCanBeUsed) {
  const Outcome outcome = Run("invite");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::string code = outcome.out.substr(0, outcome.out.find('\n'));
  EXPECT_EQ(NormalizeCode(code), code);
  Commit({CreateAccount{.account = {.alias = "Bob",
                                    .key = "bob",
                                    .password_hash = "h",
                                    .created_at = absl::UnixEpoch()},
                        .invitation_hash = HashOfCode(code)}});
  EXPECT_THAT(Run("audit list").out,
              AllOf(HasSubstr("invite"), Not(HasSubstr(code))));
}

TEST_F(ModerationToolTest, ListsSanctions) {
  EXPECT_THAT(Run("sanctions").out, HasSubstr("Nobody"));
  Commit({AddSanction{{.kind = SanctionKind::kBanNetwork,
                       .target = "192.0.2.0/24",
                       .reason = "flood\x1b[2J\nforged line",
                       .by = "Ann",
                       .created_at = absl::UnixEpoch()}},
          AddSanction{{.account = 1,
                       .target = "Ann",
                       .by = "Ann",
                       .created_at = absl::UnixEpoch(),
                       .expires_at = absl::FromUnixSeconds(1)}}});
  EXPECT_EQ(Run("sanctions").out,
            "1  ban of network  192.0.2.0/24  by Ann on 1970-01-01 00:00:00 "
            "UTC  until lifted  flood\\x1b[2J\\x0aforged line\n");
}

TEST_F(ModerationToolTest, VerifiesTheAuditLog) {
  const RecordKick kick{"Ann", "Bob", "noise", absl::UnixEpoch()};
  Commit({kick, kick});
  const std::string mark = Mark();
  EXPECT_THAT(mark, testing::StartsWith("2:"));
  Commit({kick});
  EXPECT_EQ(Run("audit verify --expect=" + mark).code, 0);
  EXPECT_THAT(Run("audit list --after=2").out,
              AllOf(HasSubstr("3  "), Not(HasSubstr("2  1970"))));
  RunSql("UPDATE audit SET detail = 'nothing' WHERE id = 2");
  const Outcome forged = Run("audit verify");
  EXPECT_EQ(forged.code, 65);
  EXPECT_THAT(forged.err, HasSubstr("ecord 2 of the audit log"));
}

// A chain that is sound in itself, but another.
TEST_F(ModerationToolTest, ExpectedRecordIsMissed) {
  const RecordKick kick{"Ann", "Bob", "noise", absl::UnixEpoch()};
  Commit({kick, kick});
  const std::string mark = Mark();
  RunSql("DELETE FROM audit WHERE id = 2");
  EXPECT_EQ(Run("audit verify").code, 0);
  EXPECT_EQ(Run("audit verify --expect=" + mark).code, 65);
  Commit({RecordKick{"Ann", "Bob", "silence", absl::UnixEpoch()}});
  const Outcome other = Run("audit verify --expect=" + mark);
  EXPECT_EQ(other.code, 65);
  EXPECT_THAT(other.err, HasSubstr("is not the one expected"));
}

TEST_F(ModerationToolTest, WritersWantItAlone) {
  const auto server = OpenStore(path_);
  ASSERT_TRUE(server.ok());
  for (const char* command :
       {"grant-admin ann", "revoke-admin ann", "invite"}) {
    EXPECT_EQ(Run(command).code, 75) << command;
  }
  for (const char* command : {"sanctions", "audit list", "audit verify"}) {
    EXPECT_EQ(Run(command).code, 0) << command;
  }
}

TEST_F(ModerationToolTest, ExitCodes) {
  for (const auto& [arguments, code] : std::vector<std::pair<std::string, int>>{
           {"grant-admin", 64},
           {"grant-admin a b", 64},
           {"grant-admin nobody", 66},
           {"revoke-admin nobody", 66},
           {"grant-admin ann --store=none.db", 66},
           {"invite --store=none.db", 66},
           {"invite now", 64},
           {"sanctions --store=none.db", 66},
           {"audit", 64},
           {"audit dance", 64},
           {"audit list x", 64},
           {"audit verify --store=none.db", 66},
           {"audit verify --expect=nonsense", 64},
           {"audit list --after=x", 64}}) {
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.code, code) << arguments << ": " << outcome.err;
    EXPECT_FALSE(outcome.err.empty()) << arguments;
    EXPECT_TRUE(outcome.out.empty()) << arguments;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none.db"));
  std::filesystem::permissions(path_, std::filesystem::perms(0644));
  EXPECT_EQ(Run("sanctions").code, 65);
  EXPECT_THAT(Run("invite").err, HasSubstr("run chmod 600 "));
}

}  // namespace
}  // namespace chat77::store
