#include "store/password.h"

#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

namespace chat77::store {
namespace {

std::string Hash(std::string_view password,
                 PasswordCost cost = PasswordCost::kMin) {
  const auto hash = HashPassword(password, cost);
  EXPECT_TRUE(hash.ok()) << hash.status();
  return hash.value_or("");
}

TEST(PasswordTest, DefaultIs19MebibytesTwoPasses) {
  const std::string hash = Hash("secret", PasswordCost::kDefault);
  EXPECT_EQ(hash.rfind("$argon2id$v=19$m=19456,t=2,p=1$", 0), 0u) << hash;
  EXPECT_TRUE(VerifyPassword(hash, "secret"));
}

TEST(PasswordTest, MinIsTheLeastLibsodiumTakes) {
  EXPECT_EQ(Hash("secret").rfind("$argon2id$v=19$m=8,t=1,p=1$", 0), 0u);
}

TEST(PasswordTest, VerifiesOnlyTheSamePassword) {
  const std::string hash = Hash("secret");
  EXPECT_TRUE(VerifyPassword(hash, "secret"));
  for (const char* wrong : {"Secret", "secret ", "secre", ""}) {
    EXPECT_FALSE(VerifyPassword(hash, wrong)) << wrong;
  }
}

TEST(PasswordTest, TakesAnyBytes) {
  const std::string password("a\0b\xff", 4);
  EXPECT_TRUE(VerifyPassword(Hash(password), password));
  EXPECT_FALSE(VerifyPassword(Hash(password), "a"));
  EXPECT_TRUE(VerifyPassword(Hash(""), ""));
}

TEST(PasswordTest, SaltsEveryHash) { EXPECT_NE(Hash("same"), Hash("same")); }

TEST(PasswordTest, NonsenseVerifiesNothing) {
  const std::string hash = Hash("secret");
  for (const std::string& nonsense :
       {std::string(), std::string("secret"), std::string("$argon2id$"),
        hash + std::string("\0x", 2), hash + std::string(200, 'x'),
        hash.substr(0, hash.size() - 3)}) {
    EXPECT_FALSE(VerifyPassword(nonsense, "secret")) << nonsense;
  }
}

TEST(PasswordTest, ManyThreadsMayHash) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] { EXPECT_TRUE(VerifyPassword(Hash("x"), "x")); });
  }
  for (auto& thread : threads) thread.join();
}

TEST(PasswordTest, OtherCostsWantANewHash) {
  const std::string cheap = HashPassword("secret", PasswordCost::kMin).value();
  const std::string usual =
      HashPassword("secret", PasswordCost::kDefault).value();
  EXPECT_FALSE(NeedsRehash(cheap, PasswordCost::kMin));
  EXPECT_FALSE(NeedsRehash(usual, PasswordCost::kDefault));
  EXPECT_TRUE(NeedsRehash(cheap, PasswordCost::kDefault));
  EXPECT_TRUE(NeedsRehash(usual, PasswordCost::kMin));
  EXPECT_TRUE(NeedsRehash("nonsense", PasswordCost::kDefault));
}

}  // namespace
}  // namespace chat77::store
