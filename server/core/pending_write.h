// ChatCore::Write, for the files that write.
#pragma once

#include <utility>

#include "server/core/chat_core.h"

namespace chat77::server {

template <class Effect, class What>
void ChatCore::Write(Effect effect, What what, const Lookup& asked,
                     Effects& effects) {
  effect.token = NextToken();
  held_.Hold(effect.token, PendingWrite{asked, std::move(what)});
  effects.push_back(std::move(effect));
}

}  // namespace chat77::server
