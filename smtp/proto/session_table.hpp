// Which command is welcome in which state: the whole of RFC 5321 4.1.4 in one table; private to the session.
//   +  perform      h  503 say hello first   m  503 need MAIL     n  503 nested MAIL   r  503/554 need RCPT
//   c  503 BDAT and DATA do not mix / a chunked message is open      s  503 after a failed BDAT: RSET first      x  503 refused host
#pragma once
#include <string_view>
#include "smtp/proto/session.hpp"

namespace smtp::proto {

struct Row { Verb verb; std::string_view by_state; };
inline constexpr Row kTable[kVerbs] = {
    //                   fresh ready mail rcpt chunks spoilt refused
    {Verb::helo,     "+++++++"},  // 4.1.4: a new greeting resets the transaction
    {Verb::ehlo,     "+++++++"},
    {Verb::mail,     "h+nnnnx"},
    {Verb::rcpt,     "hm++csx"},
    {Verb::data,     "hmr+csx"},
    {Verb::bdat,     "hmr++sx"},  // a refused BDAT is still followed by its octets, which are read away (RFC 3030 2)
    {Verb::rset,     "++++++x"},
    {Verb::noop,     "++++++x"},
    {Verb::vrfy,     "++++++x"},
    {Verb::expn,     "++++++x"},
    {Verb::help,     "++++++x"},
    {Verb::quit,     "+++++++"},
    {Verb::starttls, "h+nnnnx"},
    {Verb::auth,     "h+nnnnx"},  // RFC 4954 4: not during a mail transaction
};
constexpr char welcome(Verb verb, State state) {
  const std::string_view row = kTable[std::size_t(verb)].by_state;
  switch (state) {
    case State::fresh: return row[0];
    case State::ready: return row[1];
    case State::mail: return row[2];
    case State::rcpt: return row[3];
    case State::chunks: return row[4];
    case State::spoilt: return row[5];
    default: return verb == Verb::quit ? '+' : 'x';
  }
}

}  // namespace smtp::proto
