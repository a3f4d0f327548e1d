#include "server/core/reply.h"

namespace chat77::server {

pb::ServerFrame& Reply(const Asked& to, Turn& turn) {
  Send& send = std::get<Send>(turn.effects.emplace_back(Send{to.session, {}}));
  send.frame.set_reply_to(to.request_id);
  return send.frame;
}

void Refuse(const Asked& to, pb::Code code, std::string_view sentence,
            Turn& turn, std::string_view alias, uint32_t retry_after_ms) {
  pb::Error& error = *Reply(to, turn).mutable_error();
  FillError(error, code, sentence, alias);
  error.set_retry_after_ms(retry_after_ms);
}

void FillError(pb::Error& error, pb::Code code, std::string_view sentence,
               std::string_view alias) {
  error.set_code(code);
  error.set_sentence(std::string(sentence));
  error.set_alias(std::string(alias));
}

void FillReused(pb::Error& error) {
  FillError(error, pb::INVALID_ARGUMENT,
            "That message_id stands for another request; choose one that was "
            "not used.");
}

void FillUnavailable(pb::Error& error) {
  FillError(error, pb::UNAVAILABLE,
            "The server cannot reach its store just now; please try again.");
  error.set_retry_after_ms(1000);
}

void FillNotOnline(pb::Error& error) {
  FillError(error, pb::NOT_ONLINE, kNotOnline);
}

void RefuseUnavailable(const Asked& to, Turn& turn) {
  FillUnavailable(*Reply(to, turn).mutable_error());
}

void AnswerAgain(const pb::ServerFrame& answer, pb::ServerFrame::BodyCase kind,
                 pb::ServerFrame& reply) {
  if (answer.body_case() == kind) {
    reply.MergeFrom(answer);
  } else {
    FillReused(*reply.mutable_error());
  }
}

}  // namespace chat77::server
