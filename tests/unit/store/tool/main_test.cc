// The program itself: what it prints where, and its exit codes.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/wait.h>
#include <utility>
#include <vector>

#include "store/password.h"
#include "store/store.h"
#include "tests/support/temp_folder.h"

namespace chat77::store {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class StoreToolTest : public testing::Test {
 protected:
  struct Outcome {
    int code = -1;
    std::string out;
    std::string err;
  };

  // Runs `chat77-store ARGUMENTS` in the test's folder.
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

  void Write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name) << content;
  }

  void WriteLegacyFile() {
    Write("old.json",
          R"({"users": [{"aliase": "ann", "password": "hunter2"}, 5]})");
  }

  test::TempFolder folder_;
};

TEST_F(StoreToolTest, ImportsAndExports) {
  WriteLegacyFile();
  const Outcome imported = Run("import-legacy old.json --password_cost=min");
  EXPECT_EQ(imported.code, 0) << imported.err;
  EXPECT_THAT(imported.out,
              AllOf(HasSubstr("one account"), HasSubstr("users[1]")));
  EXPECT_THAT(imported.err, IsEmpty());
  EXPECT_EQ(Run("export-legacy new.json").code, 0);
  EXPECT_THAT(Read("new.json"),
              AllOf(HasSubstr("\"aliase\": \"ann\""), Not(HasSubstr("argon")),
                    Not(HasSubstr("hunter2"))));
  EXPECT_THAT(Run("info").out, HasSubstr("accounts     1"));
  const auto ann = (*OpenStore(folder_ / "chat77.db"))->FindAccount("ann");
  EXPECT_TRUE(VerifyPassword(ann->password_hash, "hunter2"));
  EXPECT_THAT(ann->password_hash, HasSubstr("$m=8,t=1"));
}

TEST_F(StoreToolTest, ExportSparesPasswords) {
  WriteLegacyFile();
  const std::string before = Read("old.json");
  EXPECT_EQ(Run("import-legacy old.json").code, 0);
  EXPECT_EQ(Run("export-legacy old.json").code, 73);
  EXPECT_EQ(Read("old.json"), before);
}

TEST_F(StoreToolTest, DamagedFileMakesNoStore) {
  Write("old.json", "{\"users\": [");
  const Outcome outcome = Run("import-legacy old.json");
  EXPECT_EQ(outcome.code, 65);
  EXPECT_THAT(outcome.err, HasSubstr("old.json"));
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "chat77.db"));
}

TEST_F(StoreToolTest, StoreInUse) {
  WriteLegacyFile();
  const auto server = OpenStore(folder_ / "chat77.db");
  ASSERT_TRUE(server.ok());
  const Outcome outcome = Run("import-legacy old.json");
  EXPECT_EQ(outcome.code, 75);
  EXPECT_THAT(outcome.err, HasSubstr("in use by process"));
  EXPECT_EQ(Run("info").code, 0);
  EXPECT_EQ(Run("export-legacy new.json").code, 0);
}

TEST_F(StoreToolTest, BacksUpBesideAServerAndRestores) {
  const auto say = [](uint64_t seq) {
    return AppendMessage{{kLobby, seq, absl::UnixEpoch(), "ann", "something"}};
  };
  {
    const auto server = OpenStore(folder_ / "chat77.db");
    ASSERT_TRUE(server.ok());
    ASSERT_TRUE((*server)->OpenLobby().ok());
    ASSERT_TRUE((*server)->Commit({say(1), say(2)}).ok());
    const Outcome backup = Run("backup copy.db");
    EXPECT_EQ(backup.code, 0) << backup.err;
    EXPECT_THAT(backup.out, HasSubstr("messages     2\n"));
    EXPECT_THAT(Run("info").out, HasSubstr("messages     2 in the lobby\n"));
    EXPECT_EQ(Run("restore copy.db").code, 75);
    ASSERT_TRUE((*server)->Commit({say(3)}).ok());
    EXPECT_THAT(Run("check").out, HasSubstr("messages     3\n"));
  }
  EXPECT_EQ(Run("backup copy.db").code, 73);
  const Outcome restored = Run("restore copy.db");
  EXPECT_EQ(restored.code, 0) << restored.err;
  EXPECT_THAT(restored.out, HasSubstr("chat77.db-before-restore."));
  EXPECT_THAT(Run("check").out, HasSubstr("messages     2\n"));
  EXPECT_THAT(Run("check --store=chat77.db-before-restore").out,
              HasSubstr("messages     3\n"));
}

TEST_F(StoreToolTest, ExitCodes) {
  WriteLegacyFile();
  for (const auto& [arguments, code] : std::vector<std::pair<std::string, int>>{
           {"--help", 0},
           {"", 64},
           {"dance", 64},
           {"info extra", 64},
           {"import-legacy", 64},
           {"info --nonsense=1", 64},
           {"info --store", 64},
           {"info --password_cost=cheap", 64},
           {"import-legacy none.json", 66},
           {"info --store=none.db", 66},
           {"check extra", 64},
           {"check --store=none.db", 66},
           {"check --store=old.json", 65},
           {"backup", 64},
           {"backup x.db --store=none.db", 66},
           {"backup x.db --store=old.json", 65},
           {"restore none.db", 66},
           {"restore old.json", 65},
           {"export-legacy x.json --store none.db", 66},
           {"info --store=old.json", 65},
           {"import-legacy old.json --store=none/x.db", 73},
           {"import-legacy --store=here.db -- old.json", 0},
           {"export-legacy none/x.json --store=here.db", 73},
           {"check --store=here.db", 0},
           {"backup none/x.db --store=here.db", 73},
           {"restore here.db --store=none/x.db", 73},
           {"restore here.db --store=here.db", 65}}) {
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.code, code) << arguments << ": " << outcome.err;
    EXPECT_EQ(outcome.err.empty(), code == 0) << arguments;
    EXPECT_EQ(outcome.out.empty(), code != 0) << arguments;
  }
}

}  // namespace
}  // namespace chat77::store
