// Private chat by consent, between real connections.

#include <gtest/gtest.h>
#include <string>

#include "tests/support/native_client.h"
#include "tests/support/server_process.h"

namespace chat77::test {
namespace {

class PrivateTest : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    ann_.Enter("Ann");
    bob_.Enter("Bob");
    ann_.Hear();
  }

  pb::ServerFrame Request(NativeClient& who, const std::string& alias) {
    pb::ClientFrame frame;
    frame.mutable_request_private()->set_alias(alias);
    return who.Ask(std::move(frame));
  }
  pb::ServerFrame Accept(NativeClient& who, const std::string& alias) {
    pb::ClientFrame frame;
    frame.mutable_accept_private()->set_alias(alias);
    return who.Ask(std::move(frame));
  }
  pb::ServerFrame Reject(NativeClient& who, const std::string& alias) {
    pb::ClientFrame frame;
    frame.mutable_reject_private()->set_alias(alias);
    return who.Ask(std::move(frame));
  }
  pb::ServerFrame End(NativeClient& who, const std::string& alias) {
    pb::ClientFrame frame;
    frame.mutable_end_private()->set_alias(alias);
    return who.Ask(std::move(frame));
  }
  pb::ServerFrame Whisper(NativeClient& who, const std::string& alias,
                          const std::string& text) {
    pb::ClientFrame frame;
    frame.mutable_send_private()->set_alias(alias);
    frame.mutable_send_private()->set_text(text);
    return who.Ask(std::move(frame));
  }
  void Link() {
    Request(ann_, "bob");
    bob_.Hear();
    Accept(bob_, "ann");
    ann_.Hear();
  }

  ServerProcess server_{
      {"--store=memory:", "--io_threads=" + std::to_string(GetParam())}};
  NativeClient ann_{server_.port()}, bob_{server_.port()};
};

TEST_P(PrivateTest, RequestAcceptTalkEnd) {
  EXPECT_EQ(Request(ann_, "bob").request_private().alias(), "Bob");
  EXPECT_EQ(bob_.Hear().private_requested().alias(), "Ann");
  EXPECT_EQ(Accept(bob_, "ANN").accept_private().alias(), "Ann");
  EXPECT_EQ(ann_.Hear().private_connected().alias(), "Bob");
  EXPECT_EQ(Whisper(ann_, "bob", "psst").send_private().alias(), "Bob");
  const pb::ServerFrame heard = bob_.Hear();
  EXPECT_EQ(heard.private_said().alias(), "Ann");
  EXPECT_EQ(heard.private_said().text(), "psst");
  EXPECT_EQ(End(bob_, "ann").end_private().alias(), "Ann");
  const pb::ServerFrame ended = ann_.Hear();
  EXPECT_EQ(ended.private_ended().reason(), pb::ENDED_BY_COMMAND);
  EXPECT_EQ(Whisper(ann_, "bob", "psst").error().code(), pb::NOT_LINKED);
}

TEST_P(PrivateTest, Reject) {
  Request(ann_, "bob");
  bob_.Hear();
  EXPECT_TRUE(Reject(bob_, "ann").has_reject_private());
  EXPECT_EQ(ann_.Hear().private_rejected().alias(), "Bob");
  EXPECT_EQ(Accept(bob_, "ann").error().code(), pb::NO_PENDING_REQUEST);
}

TEST_P(PrivateTest, CrossingRequestsConnect) {
  EXPECT_FALSE(Request(ann_, "bob").request_private().connected());
  EXPECT_TRUE(Request(bob_, "ann").request_private().connected());
  EXPECT_EQ(ann_.Hear().private_connected().alias(), "Bob");
  EXPECT_TRUE(Whisper(bob_, "ann", "hi").has_send_private());
}

TEST_P(PrivateTest, DisconnectEndsLinksBeforeTheRoomHears) {
  Link();
  bob_.Close();
  EXPECT_EQ(ann_.Hear().private_ended().reason(), pb::ENDED_BY_DISCONNECT);
  EXPECT_EQ(ann_.Hear().left().alias(), "Bob");
}

TEST_P(PrivateTest, DisconnectWithdrawsRequests) {
  Request(ann_, "bob");
  bob_.Hear();
  ann_.Close();
  const pb::ServerFrame event = bob_.Hear();
  EXPECT_EQ(event.request_withdrawn().alias(), "Ann");
  EXPECT_FALSE(event.request_withdrawn().was_asking());
  EXPECT_EQ(bob_.Hear().left().alias(), "Ann");
}

TEST_P(PrivateTest, ErrorsHaveTheirCodes) {
  EXPECT_EQ(Request(ann_, "ann").error().code(), pb::IS_YOURSELF);
  EXPECT_EQ(Request(ann_, "zoe").error().code(), pb::NOT_ONLINE);
  EXPECT_EQ(End(ann_, "bob").error().code(), pb::NOT_LINKED);
  Request(ann_, "bob");
  EXPECT_EQ(Request(ann_, "bob").error().code(), pb::ALREADY_REQUESTED);
  Request(bob_, "ann");
  EXPECT_EQ(Request(bob_, "ann").error().code(), pb::ALREADY_LINKED);
  pb::ClientFrame list;
  list.mutable_list_private();
  EXPECT_EQ(ann_.Ask(std::move(list)).list_private().linked(0), "Bob");
}

INSTANTIATE_TEST_SUITE_P(IoThreads, PrivateTest, testing::Values(1, 2));

}  // namespace
}  // namespace chat77::test
